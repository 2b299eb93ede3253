namespace MeshCA.Consumers;

/// <summary>Keeps the registry over restarts: reads it once, and writes what changed.</summary>
internal sealed class ConsumerKeeper(ConsumerRegistry registry, IConsumerStore store) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isLoaded;

    /// <summary>Reads what was kept, if that was not done yet.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_isLoaded)
            {
                registry.Restore(await store.LoadConsumersAsync(cancellationToken));
                _isLoaded = true;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes what changed since the last time.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was written; the next call tries again.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var changes = registry.TakeChanges();
            if (!changes.IsEmpty)
            {
                await SaveAsync(changes, cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task SaveAsync(ConsumerChanges changes, CancellationToken cancellationToken)
    {
        var isSaved = false;
        try
        {
            await store.SaveConsumersAsync(changes, cancellationToken);
            isSaved = true;
        }
        finally
        {
            if (!isSaved)
            {
                registry.PutBack(changes);
            }
        }
    }
}
