using MeshCA.Revocations;
using MeshCA.Revocations.Lists;

namespace MeshCA.Rpc.Bundles;

/// <summary>The revocations that hold now, and whoever waits for the next.</summary>
/// <param name="feed">Wakes those that wait, at once.</param>
/// <param name="catalog">Gives the lists that are handed out; those that the operator supplies change without a revision.</param>
/// <param name="clock">Says which bans have ended.</param>
internal sealed class RevocationPushes(IRevocationFeed feed, Func<ListCatalog> catalog, TimeProvider clock) : IStatePushes
{
    private volatile PushedRevocations? _last;
    private volatile TaskCompletionSource _changed = NewChange();
    private ListCatalog? _announced;

    /// <summary>The present ones.</summary>
    public PushedRevocations Current
    {
        get
        {
            var (snapshot, lists) = (feed.Current, catalog());

            // Two that come at once make it twice, and both are right.
            return _last is { } last && ReferenceEquals(last.Snapshot, snapshot) && ReferenceEquals(last.Catalog, lists)
                ? last
                : _last = new(snapshot, lists, clock.GetUtcNow());
        }
    }

    /// <summary>Waits for others than those that are known.</summary>
    /// <param name="known">What the caller has; null for the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The newest, whatever came in between.</returns>
    public async Task<PushedRevocations> WaitForOtherAsync(PushedRevocations? known, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                // Taken first: lists that come between the two lines end the wait.
                var changed = _changed.Task;
                var current = Current;
                if (known is null || !current.SaysTheSameAs(known))
                {
                    return current;
                }

                await await Task.WhenAny(
                    changed.WaitAsync(waiting.Token), feed.WaitForAsync(current.Snapshot.Revision + 1, waiting.Token).AsTask());
            }
        }
        finally
        {
            await waiting.CancelAsync();
        }
    }

    /// <inheritdoc />
    async Task<IPushedState> IStatePushes.WaitForOtherAsync(IPushedState? known, CancellationToken cancellationToken) =>
        await WaitForOtherAsync((PushedRevocations?)known, cancellationToken);

    /// <summary>Wakes those that wait, if other lists are handed out than at the last look. One caller at a time.</summary>
    public void Look()
    {
        var current = catalog();
        if (!ReferenceEquals(current, _announced))
        {
            _announced = current;
            Interlocked.Exchange(ref _changed, NewChange()).SetResult();
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
