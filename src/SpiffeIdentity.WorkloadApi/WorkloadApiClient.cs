using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.WorkloadApi.Connections;
using SpiffeIdentity.WorkloadApi.Messages;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>A client of the SPIFFE Workload API, call by call. Applications are better served by <see cref="X509Source"/>,
/// <see cref="JwtSource"/> and <see cref="BundleSource"/>, which keep what it gives.</summary>
/// <remarks>Safe for concurrent use. It connects with its first call.</remarks>
public sealed class WorkloadApiClient : IDisposable
{
    /// <summary>Most audiences of one JWT-SVID.</summary>
    public const int MaxAudiences = 64;

    private readonly WorkloadChannel _channel;
    private readonly WorkloadApiOptions _options;

    /// <summary>A client of the address in <c>SPIFFE_ENDPOINT_SOCKET</c>.</summary>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    public WorkloadApiClient()
        : this(new WorkloadApiOptions())
    {
    }

    /// <summary>A client.</summary>
    /// <param name="options">The address, and how long calls are waited for.</param>
    /// <exception cref="FormatException">There is no address, or it is malformed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time or length cannot work.</exception>
    public WorkloadApiClient(WorkloadApiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _options = options;
        _channel = new WorkloadChannel(WorkloadApiAddress.Resolve(options.Address), options);
    }

    /// <summary>What its calls go through.</summary>
    internal WorkloadChannel Channel => _channel;

    /// <summary>Where the Workload API is.</summary>
    public WorkloadApiAddress Address => _channel.Address;

    /// <summary>The identities of this workload, once; no second attempt is made.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The identities and bundles.</returns>
    /// <exception cref="WorkloadApiException">There is none now.</exception>
    public Task<X509Context> FetchX509Async(CancellationToken cancellationToken) => X509Svids().FirstAsync(cancellationToken);

    /// <summary>The X.509 bundles that this workload may verify by, once; no second attempt is made.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The bundles.</returns>
    /// <exception cref="WorkloadApiException">There is none now.</exception>
    public Task<X509Bundles> FetchX509BundlesAsync(CancellationToken cancellationToken) => X509Bundles().FirstAsync(cancellationToken);

    /// <summary>The JWT bundles that this workload may verify by, once; no second attempt is made.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The bundles, with JWT authorities only.</returns>
    /// <exception cref="WorkloadApiException">There is none now.</exception>
    public Task<BundleSet> FetchJwtBundlesAsync(CancellationToken cancellationToken) => JwtBundles().FirstAsync(cancellationToken);

    /// <summary>The identities of this workload, followed: the first at once, another with each change. Lost connections are made anew.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>What happens. It ends by itself only after a failure that will not pass.</returns>
    public IAsyncEnumerable<WatchEvent<X509Context>> WatchX509Async(CancellationToken cancellationToken) =>
        X509Svids().RunAsync(cancellationToken);

    /// <summary>The X.509 bundles that this workload may verify by, followed.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>What happens. It ends by itself only after a failure that will not pass.</returns>
    public IAsyncEnumerable<WatchEvent<X509Bundles>> WatchX509BundlesAsync(CancellationToken cancellationToken) =>
        X509Bundles().RunAsync(cancellationToken);

    /// <summary>The JWT bundles that this workload may verify by, followed.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>What happens. It ends by itself only after a failure that will not pass.</returns>
    public IAsyncEnumerable<WatchEvent<BundleSet>> WatchJwtBundlesAsync(CancellationToken cancellationToken) =>
        JwtBundles().RunAsync(cancellationToken);

    /// <summary>Fetches JWT-SVIDs; each call is another token.</summary>
    /// <param name="audience">Whom the tokens are for, at least one.</param>
    /// <param name="id">Only this identity; null for each that this workload has, the default one first.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>At least one token. Its form, subject and audience were checked, its signature was not.</returns>
    /// <exception cref="ArgumentException">There is no audience, an empty one, or too many.</exception>
    /// <exception cref="WorkloadApiException">There is no token.</exception>
    public async Task<IReadOnlyList<FetchedJwtSvid>> FetchJwtSvidsAsync(
        IReadOnlyCollection<string> audience, SpiffeId? id, CancellationToken cancellationToken)
    {
        CheckAudience(audience);
        var request = new JWTSVIDRequest { SpiffeId = id?.ToString() ?? "" };
        request.Audience.AddRange(audience);
        var response = await _channel.CallAsync(WorkloadMethods.FetchJwtSvid, request, cancellationToken);
        return JwtSvidMessages.Read(response, audience, id) switch
        {
            MessageOutcome<IReadOnlyList<FetchedJwtSvid>>.Accepted(var svids) => svids,
            MessageOutcome<IReadOnlyList<FetchedJwtSvid>>.Refused(var rule) =>
                throw new WorkloadApiException(WorkloadApiFailure.From(WorkloadApiFailureReason.MalformedMessage, rule)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Has the Workload API judge a token; <see cref="JwtSource.Validate"/> needs no call.</summary>
    /// <param name="token">The token in compact form; untrusted.</param>
    /// <param name="audience">Who the token was shown to.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whose token it is, and its claims.</returns>
    /// <exception cref="WorkloadApiException">The token is not good (<see cref="WorkloadApiFailureReason.InvalidArgument"/>), or the call failed.</exception>
    public async Task<ValidatedJwtSvid> ValidateJwtSvidAsync(string token, string audience, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentException.ThrowIfNullOrEmpty(audience);
        var request = new ValidateJWTSVIDRequest { Svid = token, Audience = audience };
        var response = await _channel.CallAsync(WorkloadMethods.ValidateJwtSvid, request, cancellationToken);
        if (!SpiffeId.TryParse(response.SpiffeId, out var id, out var error))
        {
            throw new WorkloadApiException(WorkloadApiFailure.From(WorkloadApiFailureReason.MalformedMessage, $"the ID of a token: {error}"));
        }

        return ClaimsJson.TryWrite(response.Claims, out var claims)
            ? new ValidatedJwtSvid(id, claims)
            : throw new WorkloadApiException(WorkloadApiFailure.From(WorkloadApiFailureReason.MalformedMessage, "the claims of a token"));
    }

    /// <summary>Ends all calls and watches.</summary>
    public void Dispose() => _channel.Dispose();

    internal static void CheckAudience(IReadOnlyCollection<string> audience)
    {
        ArgumentNullException.ThrowIfNull(audience);
        if (audience.Count is 0 or > MaxAudiences || audience.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException($"a token needs 1 to {MaxAudiences} audiences, none of them empty", nameof(audience));
        }
    }

    private Watch<X509SVIDRequest, X509SVIDResponse, X509Context> X509Svids() => new()
    {
        Channel = _channel,
        Options = _options,
        Method = WorkloadMethods.FetchX509Svid,
        Request = new X509SVIDRequest(),
        Read = X509SvidMessages.Read,
        SuspectAt = context => context.Credentials.Min(SuspectAt),
    };

    private Watch<X509BundlesRequest, X509BundlesResponse, X509Bundles> X509Bundles() => new()
    {
        Channel = _channel,
        Options = _options,
        Method = WorkloadMethods.FetchX509Bundles,
        Request = new X509BundlesRequest(),
        Read = (message, _) => X509BundleMessages.Read(message),
    };

    private Watch<JWTBundlesRequest, JWTBundlesResponse, BundleSet> JwtBundles() => new()
    {
        Channel = _channel,
        Options = _options,
        Method = WorkloadMethods.FetchJwtBundles,
        Request = new JWTBundlesRequest(),
        Read = (message, _) => JwtBundleMessages.Read(message),
    };

    // Agents renew at half life; a stream without news after five sixths may be one that nobody serves.
    private static DateTimeOffset SuspectAt(X509Credential credential) =>
        credential.Svid.NotAfter - ((credential.Svid.NotAfter - credential.Svid.NotBefore) / 6);
}
