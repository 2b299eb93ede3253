using System.Runtime.CompilerServices;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>The newest value, for any number of watchers.</summary>
internal sealed class Published<T>
    where T : class
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _current;

    public void Set(T value)
    {
        TaskCompletionSource told;
        lock (_lock)
        {
            _current = value;
            told = _next;
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        told.SetResult();
    }

    public async IAsyncEnumerable<T> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            T? value;
            Task next;
            lock (_lock)
            {
                (value, next) = (_current, _next.Task);
            }

            if (value is not null)
            {
                yield return value;
            }

            await next.WaitAsync(cancellationToken);
        }
    }
}
