using MeshCA.Leadership;

namespace TestSupport;

/// <summary>Leads when the test says so.</summary>
internal sealed class TestLeadership : ILeadership
{
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _term = -1;

    public long? Term
    {
        get => Interlocked.Read(ref _term) is >= 0 and var term ? term : null;
        set
        {
            Interlocked.Exchange(ref _term, value ?? -1);
            var changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }
    }

    public string? Leader { get; set; }

    public async Task WaitForChangeAsync(long? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (Term != known)
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
