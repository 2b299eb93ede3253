using System.Collections.Frozen;
using MeshCA.Authentication.Keys;
using MeshCA.Configuration;
using SpiffeIdentity;

namespace MeshCA.Authentication.Tokens;

/// <summary>An issuer whose tokens are accepted, and under which conditions.</summary>
internal sealed class TokenIssuer
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private TokenIssuer(TokenIssuerOptions options, TrustDomain trustDomain)
    {
        Name = options.Name;
        Url = options.Issuer;
        TrustDomain = trustDomain;
        ClusterId = options.ClusterId;
        ClusterAliases = [.. options.ClusterAliases];
        Audiences = options.Audiences is { Count: > 0 } audiences
            ? audiences.ToFrozenSet(StringComparer.Ordinal)
            : [TokenIssuerOptions.DefaultAudience];
        Algorithms = TokenAlgorithm.All
            .Where(algorithm => options.AllowedAlgorithms.Count == 0 || options.AllowedAlgorithms.Contains(algorithm.Name))
            .ToFrozenSet();
        Keys = KeyLocation.From(options);
        Schedule = new(Name, options.RefreshInterval, options.MaxStaleAge, FirstRetry, LastRetry: options.RefreshInterval);
        Authenticator = $"jwt:{Name}";
    }

    /// <summary>The configured name.</summary>
    public string Name { get; }

    /// <summary>The <c>iss</c> of its tokens.</summary>
    public string Url { get; }

    /// <summary>The trust domain of the identities its tokens prove.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>The cluster it serves.</summary>
    public string ClusterId { get; }

    /// <summary>Other names of the cluster.</summary>
    public IReadOnlyList<string> ClusterAliases { get; }

    /// <summary>A token must name one of these.</summary>
    public FrozenSet<string> Audiences { get; }

    /// <summary>Algorithms its tokens may be signed with.</summary>
    public FrozenSet<TokenAlgorithm> Algorithms { get; }

    /// <summary>Where its keys are published.</summary>
    public KeyLocation Keys { get; }

    /// <summary>When its keys are read.</summary>
    public KeySchedule Schedule { get; }

    /// <summary>How the journal names an authentication by its tokens.</summary>
    public string Authenticator { get; }

    /// <summary>Converts a configured issuer.</summary>
    /// <param name="options">Options that passed validation.</param>
    /// <param name="defaultTrustDomain">The trust domain where the options name none.</param>
    public static TokenIssuer From(TokenIssuerOptions options, TrustDomain defaultTrustDomain) =>
        new(options, options.TrustDomain is { } name ? TrustDomain.Parse(name) : defaultTrustDomain);
}
