using System.Collections.Frozen;
using MeshCA.Authentication.Keys;
using MeshCA.Configuration;
using SpiffeIdentity;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>How the tokens of one cluster are judged, and whom it may speak for.</summary>
internal sealed record ClusterTokenSettings
{
    /// <summary>The cluster's configured name.</summary>
    public required string Id { get; init; }

    /// <summary>Who judges.</summary>
    public required ClusterTokenMode Mode { get; init; }

    /// <summary>The trust domain of the identities that its tokens prove.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Accepted <c>iss</c>; none: the one that the API server tells.</summary>
    public FrozenSet<string> Issuers { get; init; } = [];

    /// <summary>A token must name one of these.</summary>
    public FrozenSet<string> Audiences { get; init; } = [TokenIssuerOptions.DefaultAudience];

    /// <summary>Namespaces that it may speak for; none: all.</summary>
    public FrozenSet<string> Namespaces { get; init; } = [];

    /// <summary>Node proxies, as <c>namespace/name</c>.</summary>
    public FrozenSet<string> TrustedNodeAccounts { get; init; } = [];

    /// <summary>Whether a token must be bound to a pod.</summary>
    public bool RequiresPod { get; init; }

    /// <summary>Whether tokens are judged without the API server while it cannot be asked.</summary>
    public bool VerifiesOffline { get; init; }

    /// <summary>Longest time of one question.</summary>
    public TimeSpan ReviewTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most accepted tokens remembered.</summary>
    public int CacheEntries { get; init; } = 50_000;

    /// <summary>How long they are.</summary>
    public TimeSpan CacheAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How old the copy of pods and service accounts may be.</summary>
    public TimeSpan MaxCopyAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How far the API server's clock may be off, and how long a pod may outlive its time to end.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>When its keys are read.</summary>
    public required KeySchedule Keys { get; init; }

    /// <summary>Whether signatures are checked here.</summary>
    public bool ChecksSignatures => Mode is ClusterTokenMode.Combined or ClusterTokenMode.Local;

    /// <summary>Whether the API server is asked.</summary>
    public bool AsksServer => Mode is ClusterTokenMode.Combined or ClusterTokenMode.Review;

    /// <summary>Whether it may speak for a namespace.</summary>
    public bool Covers(string ns) => Namespaces.Count == 0 || Namespaces.Contains(ns);

    /// <summary>Converts a configured cluster.</summary>
    /// <param name="options">Options that passed validation.</param>
    /// <param name="defaultTrustDomain">The trust domain where the options name none.</param>
    /// <param name="leeway">How far the API server's clock may be off.</param>
    public static ClusterTokenSettings From(ClusterOptions options, TrustDomain defaultTrustDomain, TimeSpan leeway) => new()
    {
        Id = options.Id,
        Mode = options.Tokens.Mode,
        TrustDomain = options.TrustDomain is { } name ? TrustDomain.Parse(name) : defaultTrustDomain,
        Issuers = options.Tokens.Issuers.ToFrozenSet(StringComparer.Ordinal),
        Audiences = options.Tokens.Audiences is { Count: > 0 } audiences
            ? audiences.ToFrozenSet(StringComparer.Ordinal)
            : [TokenIssuerOptions.DefaultAudience],
        Namespaces = options.Namespaces.ToFrozenSet(StringComparer.Ordinal),
        TrustedNodeAccounts = options.TrustedNodeAccounts.ToFrozenSet(StringComparer.Ordinal),
        RequiresPod = options.Tokens.RequirePod,
        VerifiesOffline = options.Tokens.VerifyOffline,
        ReviewTimeout = options.Tokens.ReviewTimeout,
        CacheEntries = options.Tokens.CacheEntries,
        CacheAge = options.Tokens.CacheAge,
        MaxCopyAge = options.Tokens.VerifyOffline ? options.Tokens.MaxOfflineCopyAge : options.Tokens.MaxCopyAge,
        Leeway = leeway,
        Keys = new(options.Id, options.Tokens.RefreshInterval, options.Tokens.MaxStaleAge, FirstRetry, options.Tokens.RefreshInterval),
    };

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
}
