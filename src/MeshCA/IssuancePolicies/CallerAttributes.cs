using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.IssuancePolicies;

/// <summary>What rules look at in a caller; taken from proved identity and evidence only, never from a request.</summary>
internal readonly ref struct CallerAttributes
{
    private const string TokenAuthenticator = "jwt:";
    private const string ReviewAuthenticator = "tokenreview:";

    /// <summary>Whether a token of a known issuer proved the identity just now; a renewal by certificate does not say whose was behind it.</summary>
    public bool IsIssuerKnown { get; private init; }

    /// <summary>Configured name of the token's issuer, or of the cluster that judged it.</summary>
    public ReadOnlySpan<char> Issuer { get; private init; }

    /// <summary>The cluster that the token's issuer serves; empty where none is configured.</summary>
    public ReadOnlySpan<char> Cluster { get; private init; }

    /// <summary>The namespace; empty for an identity that is no service account's.</summary>
    public ReadOnlySpan<char> Namespace { get; private init; }

    /// <summary>The service account's name, without namespace; empty likewise.</summary>
    public ReadOnlySpan<char> ServiceAccount { get; private init; }

    /// <summary>The pod's labels; null where they are not known.</summary>
    public IReadOnlyDictionary<string, string>? PodLabels { get; private init; }

    /// <summary>Takes the attributes of a caller; nothing is copied.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="podLabels">The labels of its pod, if known.</param>
    public static CallerAttributes Of(CallerIdentity caller, IReadOnlyDictionary<string, string>? podLabels)
    {
        var authenticator = caller.Evidence.Authenticator.AsSpan();
        var prefix = authenticator.StartsWith(TokenAuthenticator, StringComparison.Ordinal) ? TokenAuthenticator.Length
            : authenticator.StartsWith(ReviewAuthenticator, StringComparison.Ordinal) ? ReviewAuthenticator.Length
            : 0;
        SplitAccount(caller.Id, out var ns, out var account);
        return new CallerAttributes
        {
            IsIssuerKnown = prefix > 0,
            Issuer = prefix > 0 ? authenticator[prefix..] : default,
            Cluster = caller.Evidence.Cluster,
            Namespace = ns,
            ServiceAccount = account,
            PodLabels = podLabels,
        };
    }

    // istio-ca §2.5: /ns/NAMESPACE/sa/NAME, and nothing behind it.
    private static void SplitAccount(SpiffeId id, out ReadOnlySpan<char> ns, out ReadOnlySpan<char> account)
    {
        ns = account = default;
        Span<Range> parts = stackalloc Range[6];
        var path = id.Path;
        if (path.Split(parts, '/') == 5 && path[parts[1]] is "ns" && path[parts[3]] is "sa")
        {
            ns = path[parts[2]];
            account = path[parts[4]];
        }
    }
}

/// <summary>An attribute that a rule looks at.</summary>
internal enum CallerAttribute
{
    /// <summary>None.</summary>
    None,

    /// <summary><c>issuers</c>.</summary>
    Issuer,

    /// <summary><c>clusters</c>.</summary>
    Cluster,

    /// <summary><c>namespaces</c>.</summary>
    Namespace,

    /// <summary><c>serviceAccounts</c>.</summary>
    ServiceAccount,

    /// <summary><c>podLabels</c>.</summary>
    PodLabels,
}
