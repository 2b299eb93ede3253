namespace MeshCA.Federation;

/// <summary>Holds the peers: changes one at a time, durable before they are in force; readers never wait.</summary>
internal sealed class FederationRegister(IFederationStore store) : IFederationFeed, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private StoredFederation? _stored;
    private volatile FederationSnapshot _current = FederationSnapshot.None;
    private volatile TaskCompletionSource _changed = NewChange();

    /// <inheritdoc />
    public FederationSnapshot Current => _current;

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
    public async Task<FederationPlan> ChangeAsync(Func<StoredFederation, FederationPlan> plan, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var mustFinish = new CancellationToken(canceled: false);
            var stored = _stored ?? await ReadAsync(mustFinish);
            var outcome = plan(stored);
            if (outcome is FederationPlan.Planned planned)
            {
                var next = planned.Next with { Revision = stored.Revision + 1 };
                _stored = null; // unknown until the store has answered: after a failure it is read again
                await store.SaveFederationAsync(stored, next, planned.Audit, mustFinish);
                Publish(next);
            }

            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask<FederationSnapshot> WaitForAsync(long revision, CancellationToken cancellationToken)
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

    private async Task<StoredFederation> ReadAsync(CancellationToken cancellationToken)
    {
        var stored = await store.LoadFederationAsync(cancellationToken);
        Publish(stored);
        return stored;
    }

    private void Publish(StoredFederation stored)
    {
        _current = FederationSnapshot.Compile(stored, _current);
        _stored = stored;
        var changed = _changed;
        _changed = NewChange();
        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
