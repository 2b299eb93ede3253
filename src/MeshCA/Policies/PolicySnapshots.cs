namespace MeshCA.Policies;

/// <summary>Holds the snapshot in force and lets others wait for the next.</summary>
internal sealed class PolicySnapshots : IPolicySnapshots
{
    private readonly Lock _lock = new();
    private volatile PolicySnapshot? _current;
    private volatile TaskCompletionSource _changed = NewChange();

    /// <inheritdoc />
    public PolicySnapshot? Current => _current;

    /// <inheritdoc />
    public async ValueTask<PolicySnapshot> WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken first: a snapshot that comes between the two lines ends the wait.
            var changed = _changed.Task;
            if (_current is { } snapshot && snapshot.Revision >= revision)
            {
                return snapshot;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Puts a snapshot in force.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <exception cref="ArgumentException">Its revision is not above the present one's.</exception>
    public void Publish(PolicySnapshot snapshot)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_current is { } current && current.Revision >= snapshot.Revision)
            {
                throw new ArgumentException($"revision {snapshot.Revision} does not follow {current.Revision}", nameof(snapshot));
            }

            _current = snapshot;
            changed = _changed;
            _changed = NewChange();
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
