using Microsoft.Extensions.Primitives;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using SpiffeIdentity.WorkloadApi.Connections;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>JWT-SVIDs to show, and the bundles to validate those of others by, kept up to date until it is disposed.</summary>
/// <remarks>Safe for concurrent use. A token is fetched once for an identity and its audiences, and renewed in the background from half
/// of its life on, and where its key has left the bundles; one that has expired is not handed out. Meant to live as long as the application.</remarks>
public sealed class JwtSource : IAsyncDisposable
{
    private readonly WorkloadApiClient _client;
    private readonly WorkloadApiOptions _options;
    private readonly Follower<BundleSet> _bundles;
    private readonly TokenCache _tokens;
    private int _closed;

    private JwtSource(WorkloadApiOptions options)
    {
        _options = options;
        _client = new WorkloadApiClient(options);
        _bundles = new Follower<BundleSet>("JWT bundles", _client.WatchJwtBundlesAsync, options);
        _tokens = new TokenCache(_client, options, options.LoggerFactory.CreateLogger("SpiffeIdentity.WorkloadApi"), () => _bundles.Current);
    }

    /// <summary>The bundles to validate tokens by; they hold JWT authorities only.</summary>
    public BundleSet Bundles => _bundles.Current ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>Why no newer bundles come from the Workload API; null while all is well.</summary>
    public WorkloadApiFailure? LastFailure => _bundles.LastFailure;

    /// <summary>Connects to the address in <c>SPIFFE_ENDPOINT_SOCKET</c> and waits for the first bundles.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No bundles came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static Task<JwtSource> CreateAsync(CancellationToken cancellationToken = default) =>
        CreateAsync(new WorkloadApiOptions(), cancellationToken);

    /// <summary>Connects and waits for the first bundles.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The source.</returns>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="WorkloadApiException">No bundles came within <see cref="WorkloadApiOptions.FirstUpdateTimeout"/>, or none will.</exception>
    public static async Task<JwtSource> CreateAsync(WorkloadApiOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var source = new JwtSource(options);
        try
        {
            await source._bundles.WaitForFirstAsync(cancellationToken);
            return source;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>A token of the default identity.</summary>
    /// <param name="audience">Whom it is for: the name by which the recipient knows itself.</param>
    /// <param name="cancellationToken">Ends the wait, not the fetch that others may wait for.</param>
    /// <returns>A token that has not expired.</returns>
    /// <exception cref="WorkloadApiException">There is no token.</exception>
    public Task<JwtSvid> FetchAsync(string audience, CancellationToken cancellationToken = default) =>
        FetchAsync([audience], null, cancellationToken);

    /// <summary>A token.</summary>
    /// <param name="audience">Whom it is for, at least one. Each of them can show it to the others: one is recommended.</param>
    /// <param name="id">Whose it is; null for the default identity.</param>
    /// <param name="cancellationToken">Ends the wait, not the fetch that others may wait for.</param>
    /// <returns>A token that has not expired.</returns>
    /// <exception cref="ArgumentException">There is no audience, an empty one, or too many.</exception>
    /// <exception cref="WorkloadApiException">There is no token.</exception>
    /// <exception cref="SvidUnavailableException">The token that came has expired.</exception>
    public Task<JwtSvid> FetchAsync(IReadOnlyCollection<string> audience, SpiffeId? id, CancellationToken cancellationToken = default)
    {
        WorkloadApiClient.CheckAudience(audience);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) == 1, this);
        return _tokens.FetchAsync(audience, id, cancellationToken);
    }

    /// <summary>Validates a token by the bundles at hand, without a call (JWT-SVID §5).</summary>
    /// <param name="token">The token in compact form; untrusted.</param>
    /// <param name="audience">Who the token was shown to: the own name, which it must hold exactly.</param>
    /// <returns>Whose token it is, or the first rule broken.</returns>
    public JwtSvidValidation Validate(ReadOnlySpan<char> token, string audience) =>
        JwtSvidValidator.Validate(token, audience, Bundles, _options.Clock.GetUtcNow());

    /// <summary>Has the Workload API judge a token: for checks that only the agent makes.</summary>
    /// <param name="token">The token in compact form; untrusted.</param>
    /// <param name="audience">Who the token was shown to.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whose token it is, and its claims.</returns>
    /// <exception cref="WorkloadApiException">The token is not good (<see cref="WorkloadApiFailureReason.InvalidArgument"/>), or the call failed.</exception>
    public Task<ValidatedJwtSvid> ValidateRemotelyAsync(string token, string audience, CancellationToken cancellationToken = default) =>
        _client.ValidateJwtSvidAsync(token, audience, cancellationToken);

    /// <summary>A token that is signalled with the next update of the bundles, as <see cref="ChangeToken"/> takes it.</summary>
    /// <returns>A token for one update; ask again for the one after it.</returns>
    public IChangeToken GetChangeToken() => _bundles.GetChangeToken();

    /// <summary>Ends the watch and all fetches.</summary>
    /// <returns>When they have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        await _tokens.DisposeAsync();
        await _bundles.DisposeAsync();
        _client.Dispose();
    }
}
