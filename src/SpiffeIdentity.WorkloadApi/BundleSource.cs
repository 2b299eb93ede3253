using Microsoft.Extensions.Primitives;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.WorkloadApi.Connections;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>The bundles that this workload may verify others by, X.509 and JWT, kept up to date until it is disposed; no identity is needed.</summary>
/// <remarks>Safe for concurrent use; reading never waits. While the Workload API is away the last good state stays.</remarks>
public sealed class BundleSource : IAsyncDisposable
{
    private readonly WorkloadApiClient _client;
    private readonly Follower<X509Bundles> _x509;
    private readonly Follower<BundleSet> _jwt;
    private readonly BundleTeller? _teller;
    private volatile Merged? _merged;
    private int _closed;

    private BundleSource(WorkloadApiOptions options)
    {
        _client = new WorkloadApiClient(options);
        _teller = options.TellsBundleInUse ? new BundleTeller(_client.Channel, options, InUse) : null;
        _x509 = new Follower<X509Bundles>("X.509 bundles", _client.WatchX509BundlesAsync, options, () => _teller?.Look());
        _jwt = new Follower<BundleSet>("JWT bundles", _client.WatchJwtBundlesAsync, options);
    }

    /// <summary>The bundles of each trust domain.</summary>
    public BundleSet Bundles
    {
        get
        {
            var merged = _merged;
            var (x509, jwt) = (_x509.Current?.Bundles, _jwt.Current);
            if (merged is null || !ReferenceEquals(merged.X509, x509) || !ReferenceEquals(merged.Jwt, jwt))
            {
                _merged = merged = new Merged(x509, jwt, Merge(x509 ?? BundleSet.Empty, jwt ?? BundleSet.Empty));
            }

            return merged.Both;
        }
    }

    /// <summary>Certificates that are not to be trusted any more.</summary>
    public RevocationLists Revocations => _x509.Current?.Revocations ?? RevocationLists.None;

    /// <summary>Why nothing newer comes from the Workload API; null while all is well.</summary>
    public WorkloadApiFailure? LastFailure => _x509.LastFailure ?? _jwt.LastFailure;

    /// <summary>Connects to the address in <c>SPIFFE_ENDPOINT_SOCKET</c> and waits for the first bundles.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No bundles came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static Task<BundleSource> CreateAsync(CancellationToken cancellationToken = default) =>
        CreateAsync(new WorkloadApiOptions(), cancellationToken);

    /// <summary>Connects and waits for the first bundles of both kinds, or of the one kind that the server offers.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No bundles came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static async Task<BundleSource> CreateAsync(WorkloadApiOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var source = new BundleSource(options);
        try
        {
            var missing = await Task.WhenAll(
                MissingAsync(source._x509.WaitForFirstAsync(cancellationToken)), MissingAsync(source._jwt.WaitForFirstAsync(cancellationToken)));
            if (missing.All(kind => kind is not null))
            {
                throw missing[0]!;
            }

            if (missing[0] is null)
            {
                source._teller?.Start();
            }

            return source;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>A token that is signalled with the next update, as <see cref="ChangeToken"/> takes it.</summary>
    /// <returns>A token for one update; ask again for the one after it.</returns>
    public IChangeToken GetChangeToken() => new CompositeChangeToken([_x509.GetChangeToken(), _jwt.GetChangeToken()]);

    /// <summary>Ends the watches.</summary>
    /// <returns>When they have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        await _x509.DisposeAsync();
        await _jwt.DisposeAsync();
        await (_teller?.DisposeAsync() ?? ValueTask.CompletedTask);
        _client.Dispose();
    }

    private BundleUse InUse(TrustDomain trustDomain) => _x509.Current is { } state
        ? BundleUse.Of(trustDomain, state.Bundles, state.Partial, _x509.LastFailure)
        : BundleUse.None;

    // A server may offer one kind only.
    private static async Task<WorkloadApiException?> MissingAsync(Task first)
    {
        try
        {
            await first;
            return null;
        }
        catch (WorkloadApiException e) when (e.Failure.Reason == WorkloadApiFailureReason.Unimplemented)
        {
            return e;
        }
    }

    private static BundleSet Merge(BundleSet x509, BundleSet jwt)
    {
        var both = x509.ToDictionary(bundle => bundle.TrustDomain);
        foreach (var bundle in jwt)
        {
            both[bundle.TrustDomain] = (both.GetValueOrDefault(bundle.TrustDomain) ?? bundle) with { Jwt = bundle.Jwt };
        }

        return BundleSet.Of([.. both.Values]);
    }

    private sealed record Merged(BundleSet? X509, BundleSet? Jwt, BundleSet Both);
}
