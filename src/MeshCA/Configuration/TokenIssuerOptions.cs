using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace MeshCA.Configuration;

/// <summary>One issuer of service-account tokens and where its keys come from.</summary>
internal sealed class TokenIssuerOptions : IValidatableObject
{
    /// <summary>Accepted where <see cref="Audiences"/> names none; what Istio's projected tokens carry.</summary>
    public const string DefaultAudience = "istio-ca";

    /// <summary>Signature algorithms there are: none of them symmetric, RFC 8725 §3.1.</summary>
    public static readonly IReadOnlyList<string> SupportedAlgorithms =
        ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

    /// <summary>A short name for logs and the journal: 1 to 63 of <c>a-z A-Z 0-9 . - _</c>.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9._-]{1,63}$")]
    public string Name { get; set; } = "";

    /// <summary>The <c>iss</c> of its tokens, compared character by character.</summary>
    [Required]
    [MaxLength(2048)]
    public string Issuer { get; set; } = "";

    /// <summary>Audiences of which a token must name at least one; none given: <c>istio-ca</c>.</summary>
    [MaxLength(32)]
    public List<string> Audiences { get; set; } = [];

    /// <summary>Trust domain of the identities its tokens prove, below the same root as all others (ADR 0010); none given: this service's.</summary>
    public string? TrustDomain { get; set; }

    /// <summary>The cluster it serves, as agents name it in <c>clusterid</c>; Istio's own default is the same.</summary>
    [Required]
    [MaxLength(253)]
    public string ClusterId { get; set; } = "Kubernetes";

    /// <summary>Other names of that cluster.</summary>
    [MaxLength(32)]
    public List<string> ClusterAliases { get; set; } = [];

    /// <summary>Keys from this JWK Set file.</summary>
    public string? JwksFile { get; set; }

    /// <summary>Keys from this JWK Set URL.</summary>
    public string? JwksUrl { get; set; }

    /// <summary>Keys from where OpenID Connect discovery at the issuer URL says.</summary>
    public bool Discovery { get; set; }

    /// <summary>PEM file of the authorities that HTTPS servers must chain to; none given: the system's.</summary>
    public string? CaFile { get; set; }

    /// <summary>Time between two looks at the key source.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long keys serve on while their source cannot be read; after that calls are answered UNAVAILABLE.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxStaleAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Signature algorithms accepted; none given: all supported ones.</summary>
    [MaxLength(9)]
    public List<string> AllowedAlgorithms { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
    [
        .. CheckKeySource(),
        .. CheckUrls(),
        .. CheckNames(),
        .. CheckAlgorithms(),
        .. CheckTimes(),
    ];

    private IEnumerable<ValidationResult> CheckKeySource()
    {
        var sources = (HasText(JwksFile) ? 1 : 0) + (HasText(JwksUrl) ? 1 : 0) + (Discovery ? 1 : 0);
        if (sources != 1)
        {
            yield return Error($"exactly one of {nameof(JwksFile)}, {nameof(JwksUrl)}, {nameof(Discovery)} is needed", nameof(JwksFile));
        }

        if (HasText(CaFile) && HasText(JwksFile))
        {
            yield return Error($"{nameof(CaFile)} has no use beside {nameof(JwksFile)}", nameof(CaFile));
        }
    }

    private IEnumerable<ValidationResult> CheckUrls()
    {
        if (HasText(JwksUrl) && !IsSafeUrl(JwksUrl))
        {
            yield return Error($"`{JwksUrl}` is not an https URL (http only for loopback)", nameof(JwksUrl));
        }

        if (Discovery && !IsSafeUrl(Issuer))
        {
            yield return Error($"discovery needs an https issuer URL without query (http only for loopback), not `{Issuer}`", nameof(Issuer));
        }
    }

    private IEnumerable<ValidationResult> CheckNames()
    {
        if (TrustDomain is { } name && !SpiffeIdentity.TrustDomain.TryParse(name, out _, out var error))
        {
            yield return Error($"`{name}` is not a trust domain: {error}", nameof(TrustDomain));
        }

        if (Audiences.Any(string.IsNullOrWhiteSpace))
        {
            yield return Error("an audience is empty", nameof(Audiences));
        }

        if (ClusterAliases.Any(string.IsNullOrWhiteSpace))
        {
            yield return Error("a cluster alias is empty", nameof(ClusterAliases));
        }
    }

    private IEnumerable<ValidationResult> CheckAlgorithms() =>
        from algorithm in AllowedAlgorithms
        where !SupportedAlgorithms.Contains(algorithm)
        select Error($"algorithm `{algorithm}` is not supported", nameof(AllowedAlgorithms));

    private IEnumerable<ValidationResult> CheckTimes()
    {
        if (MaxStaleAge < RefreshInterval)
        {
            yield return Error($"{nameof(MaxStaleAge)} is shorter than {nameof(RefreshInterval)}", nameof(MaxStaleAge));
        }
    }

    // Keys fetched over plain HTTP are whatever the network says they are.
    internal static bool IsSafeUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Query: "", Fragment: "", UserInfo: "" }
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsLoopback(url)));

    private static bool IsLoopback(Uri url) =>
        IPAddress.TryParse(url.DnsSafeHost, out var address) ? IPAddress.IsLoopback(address) : url.Host == "localhost";

    private static bool HasText([NotNullWhen(true)] string? text) => !string.IsNullOrEmpty(text);

    private ValidationResult Error(string message, string member) => new($"issuer `{Name}`: {message}", [member]);
}
