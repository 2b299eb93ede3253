using MeshCA.Authorities;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle that is published now, and whoever waits for the next.</summary>
internal sealed class PublishedBundles(IAuthoritySnapshots authorities)
{
    private volatile PublishedBundle? _last;
    private volatile TaskCompletionSource _changed = NewChange();
    private PublishedBundle? _announced;

    /// <summary>How often readers look again.</summary>
    public TimeSpan RefreshHint { get; init; } = PublishedBundle.LongestRefreshHint;

    /// <summary>The present one; null while no authority can sign.</summary>
    public PublishedBundle? Current
    {
        get
        {
            if (authorities.Current is not { } snapshot)
            {
                return null;
            }

            // Two that come at once make it twice, and both are right.
            return _last is { } last && ReferenceEquals(last.Snapshot, snapshot) ? last : _last = new(snapshot, RefreshHint);
        }
    }

    /// <summary>Waits for another bundle than the one that is known.</summary>
    /// <param name="known">What the caller has; null for the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The newest one, whatever came in between.</returns>
    public async ValueTask<PublishedBundle> WaitForOtherAsync(PublishedBundle? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken first: a bundle that comes between the two lines ends the wait.
            var changed = _changed.Task;
            if (Current is { } bundle && (known is null || !bundle.SaysTheSameAs(known)))
            {
                return bundle;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Wakes those that wait, if the bundle is another than at the last look. One caller at a time.</summary>
    public void Look()
    {
        var current = Current;
        if (!ReferenceEquals(current, _announced))
        {
            _announced = current;
            Interlocked.Exchange(ref _changed, NewChange()).SetResult();
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
