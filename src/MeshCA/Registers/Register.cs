using MeshCA.Auditing;

namespace MeshCA.Registers;

/// <summary>Holds one state: changes one at a time, durable before they are in force; readers never wait.</summary>
/// <typeparam name="TStored">The state as it is kept.</typeparam>
/// <typeparam name="TSnapshot">The same, ready to be read; immutable.</typeparam>
/// <typeparam name="TPlan">What is decided on a change; one that is an <see cref="IPlannedChange{TStored}"/> is made.</typeparam>
/// <param name="none">The snapshot before anything was read.</param>
internal abstract class Register<TStored, TSnapshot, TPlan>(TSnapshot none) : IDisposable
    where TStored : class, IStoredState<TStored>
    where TSnapshot : class, IRevisioned
    where TPlan : class
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TStored? _stored;
    private volatile TSnapshot _current = none;
    private volatile TaskCompletionSource _changed = NewChange();

    /// <summary>The present snapshot; one volatile read.</summary>
    public TSnapshot Current => _current;

    /// <summary>Reads what is kept and puts it in force.</summary>
    /// <exception cref="Authorities.KeySealException">Something else changed it.</exception>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await ReadAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Changes what is kept.</summary>
    /// <param name="plan">Decides on the present state; called once, one change at a time.</param>
    /// <param name="cancellationToken">Gives the wait for the turn up; a change that has begun is finished.</param>
    /// <returns>What was decided; where it was planned, it is durable and in force.</returns>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was changed.</exception>
    public async Task<TPlan> ChangeAsync(Func<TStored, TPlan> plan, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var mustFinish = new CancellationToken(canceled: false);
            var stored = _stored ?? await ReadAsync(mustFinish);
            var outcome = plan(stored);
            if (outcome is IPlannedChange<TStored> planned)
            {
                var next = planned.Next.At(stored.Revision + 1);
                _stored = null; // unknown until the store has answered: after a failure it is read again
                await SaveAsync(stored, next, planned.Audit, mustFinish);
                Publish(next);
            }

            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits until a revision, or a later one, is in force.</summary>
    /// <param name="revision">The revision; one that is in force already is returned at once.</param>
    /// <param name="cancellationToken">Bounds the wait.</param>
    /// <returns>The snapshot then in force; changes between are in it, each revision is not given.</returns>
    public async ValueTask<TSnapshot> WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken first: a snapshot that comes between the two lines ends the wait.
            var changed = _changed.Task;
            var snapshot = _current;
            if (snapshot.Revision >= revision)
            {
                return snapshot;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    /// <summary>Reads what is kept.</summary>
    /// <exception cref="Authorities.KeySealException">Something else changed it.</exception>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    protected abstract Task<TStored> LoadStoredAsync(CancellationToken cancellationToken);

    /// <summary>Puts the next state in the place of the previous: all of it or nothing; the task completes when it is durable.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was written.</exception>
    protected abstract Task SaveAsync(TStored previous, TStored next, IReadOnlyList<AuditEvent> audit, CancellationToken cancellationToken);

    /// <summary>Makes a snapshot.</summary>
    /// <param name="stored">What is kept.</param>
    /// <param name="previous">The snapshot before: what did not change may be taken from it.</param>
    protected abstract TSnapshot Compile(TStored stored, TSnapshot previous);

    private async Task<TStored> ReadAsync(CancellationToken cancellationToken)
    {
        var stored = await LoadStoredAsync(cancellationToken);
        Publish(stored);
        return stored;
    }

    private void Publish(TStored stored)
    {
        _current = Compile(stored, _current);
        _stored = stored;
        var changed = _changed;
        _changed = NewChange();
        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
