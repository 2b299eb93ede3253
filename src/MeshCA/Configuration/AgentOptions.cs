using System.ComponentModel.DataAnnotations;
using System.IO;
using System.Net;
using MeshCA.Cryptography;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>The agent beside a workload: `meshca agent`. The service itself reads nothing of it.</summary>
internal sealed class AgentOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Agent";

    /// <summary>What <see cref="RootsFile"/> says where the system's roots are meant, as pilot-agent says it.</summary>
    public const string SystemRoots = "SYSTEM";

    /// <summary>The CA, as <c>https://host:port</c>.</summary>
    [Required]
    public string Address { get; set; } = "https://istiod.istio-system.svc:15012";

    /// <summary>DNS name of the CA's serving certificate; none: the address's host.</summary>
    [MaxLength(253)]
    public string ServerName { get; set; } = "";

    /// <summary>PEM file with the roots that the CA's serving certificate chains to, read again whenever it is needed; `SYSTEM` for the system's.</summary>
    public string RootsFile { get; set; } = "";

    /// <summary>Trust domain of the identities; the CA's answers must be of it.</summary>
    [Required]
    public string TrustDomain { get; set; } = "cluster.local";

    /// <summary>Name of the cluster whose issuer the token is of.</summary>
    [MaxLength(253)]
    [RegularExpression(@"^[!-~]*\z")]
    public string ClusterId { get; set; } = "Kubernetes";

    /// <summary>The identity that the credential proves: written into the CSR, and what comes must be it. None: whichever the CA gives.</summary>
    public string SpiffeId { get; set; } = "";

    /// <summary>Tells agents of one identity apart on the bundle stream; none: the pod that the token is bound to, else the address.</summary>
    [MaxLength(255)]
    [RegularExpression(@"^[ -~]*\z")]
    public string Instance { get; set; } = "";

    /// <summary>Signer to ask for, as Istio's `CertSigner`; none: the CA's own.</summary>
    [MaxLength(253)]
    public string CertSigner { get; set; } = "";

    /// <summary>Further metadata of each call, by name.</summary>
    [MaxLength(32)]
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>File with the service-account token, read again for each call.</summary>
    public string TokenFile { get; set; } = "";

    /// <summary>Directory with a `cert-chain.pem` and `key.pem` to show while they are valid; a token takes over once they are not.</summary>
    public string CertificateDirectory { get; set; } = "";

    /// <summary>Whether an SVID that is held and valid proves the identity for the next one, so that no token is needed any more.</summary>
    public bool RenewWithSvid { get; set; }

    /// <summary>Directory of a development server (`meshca serve --dev`), whose issuer's key mints the tokens. Never in production.</summary>
    public string DevDirectory { get; set; } = "";

    /// <summary>The service account, as `namespace/name`, of such tokens.</summary>
    public string DevServiceAccount { get; set; } = "";

    /// <summary>Lifetime asked for; zero leaves it to the CA.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Kind of the keys: `EcdsaP256`, `EcdsaP384` or `Rsa` (2048 bits).</summary>
    public KeyAlgorithm KeyAlgorithm { get; set; } = KeyAlgorithm.EcdsaP256;

    /// <summary>Share of an SVID's life that is left when it is renewed at the latest.</summary>
    [Range(0.1, 0.9)]
    public double GracePeriodRatio { get; set; } = 0.5;

    /// <summary>Share of its life by which it is renewed earlier at most, by chance.</summary>
    [Range(0.0, 0.5)]
    public double GracePeriodJitter { get; set; } = 0.1;

    /// <summary>Time over which agents spread what all of them do at once: renewals after an authority's key was compromised, the start with many entries.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan Spread { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most requests to the CA at once.</summary>
    [Range(1, 256)]
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>How long one request to the CA may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait after a first failure; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest such wait.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the CA's stream of the trust bundle is followed; a CA that has none gives its bundle with each SVID.</summary>
    public bool FollowBundle { get; set; } = true;

    /// <summary>Directories in which key, chain and roots are kept as files.</summary>
    [MaxLength(64)]
    [ValidateEnumeratedItems]
    public List<AgentFilesOptions> Files { get; set; } = [];

    /// <summary>Path of the Unix socket for `meshca agent status`, alone in a directory of mode 0700; none: there is none.</summary>
    public string AdminSocket { get; set; } = "";

    /// <summary>IP address of the HTTP port.</summary>
    [Required]
    public string HttpAddress { get; set; } = "127.0.0.1";

    /// <summary>Port of health and metrics, plain HTTP; none: it is closed. 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int? HttpPort { get; set; }

    /// <summary>How long streams and writes under way may take to end after a stop was asked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => AddressFaults().Concat(NameFaults()).Concat(CredentialFaults());

    private IEnumerable<ValidationResult> AddressFaults()
    {
        if (!Uri.TryCreate(Address, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps || address.PathAndQuery != "/")
        {
            yield return new($"`{Address}` is not of the form https://host:port.", [nameof(Address)]);
        }

        if (RootsFile != SystemRoots && !Path.IsPathFullyQualified(RootsFile))
        {
            yield return new($"the absolute path of a PEM file is needed, or `{SystemRoots}`.", [nameof(RootsFile)]);
        }

        if (SocketPath.FaultOf(AdminSocket) is { } fault)
        {
            yield return new(fault, [nameof(AdminSocket)]);
        }

        if (!IPAddress.TryParse(HttpAddress, out _))
        {
            yield return new($"`{HttpAddress}` is no IP address.", [nameof(HttpAddress)]);
        }
    }

    private IEnumerable<ValidationResult> NameFaults()
    {
        var known = SpiffeIdentity.TrustDomain.TryParse(TrustDomain, out var domain, out var domainError);
        if (!known)
        {
            yield return new($"`{TrustDomain}` is not a trust domain: {domainError}", [nameof(TrustDomain)]);
        }

        if (SpiffeId.Length > 0)
        {
            if (!SpiffeIdentity.SpiffeId.TryParse(SpiffeId, out var id, out var error))
            {
                yield return new($"`{SpiffeId}` is no SPIFFE ID: {error} (SPIFFE-ID §2).", [nameof(SpiffeId)]);
            }
            else if (domain is not null && !id.MemberOf(domain))
            {
                yield return new($"`{SpiffeId}` is not of the trust domain `{TrustDomain}`.", [nameof(SpiffeId)]);
            }
        }

        if (!Enum.IsDefined(KeyAlgorithm))
        {
            yield return new($"`{KeyAlgorithm}` is no kind of key.", [nameof(KeyAlgorithm)]);
        }

        foreach (var repeated in Files.GroupBy(files => files.Directory).Where(group => group.Count() > 1))
        {
            yield return new($"`{repeated.Key}` stands twice.", [nameof(Files)]);
        }

        if (FirstRetry > LongestRetry)
        {
            yield return new($"{nameof(FirstRetry)} is longer than {nameof(LongestRetry)}.", [nameof(FirstRetry)]);
        }

        foreach (var (name, value) in Headers.Where(header => !IsHeader(header.Key) || header.Value.Any(c => c is < ' ' or > '~')))
        {
            yield return new($"`{name}` is no metadata that can be sent, or its value is not printable ASCII.", [nameof(Headers)]);
        }
    }

    private IEnumerable<ValidationResult> CredentialFaults()
    {
        foreach (var (name, path) in ((string, string)[])[(nameof(TokenFile), TokenFile), (nameof(CertificateDirectory), CertificateDirectory), (nameof(DevDirectory), DevDirectory)])
        {
            if (path.Length > 0 && !Path.IsPathFullyQualified(path))
            {
                yield return new($"`{path}` is not absolute.", [name]);
            }
        }

        if ((DevDirectory.Length > 0) != (DevServiceAccount.Length > 0))
        {
            yield return new($"{nameof(DevDirectory)} and {nameof(DevServiceAccount)} go together.", [nameof(DevDirectory)]);
        }

        if (DevServiceAccount.Length > 0 && !AccountName.IsQualified(DevServiceAccount))
        {
            yield return new($"`{DevServiceAccount}` is not a service account as `namespace/name`", [nameof(DevServiceAccount)]);
        }
    }

    // gRPC's names of metadata, without those that the protocol itself uses.
    private static bool IsHeader(string name) =>
        name.Length is > 0 and <= 128
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
        && !name.EndsWith("-bin", StringComparison.Ordinal)
        && !name.StartsWith("grpc-", StringComparison.Ordinal)
        && name is not ("authorization" or "clusterid" or "te" or "content-type" or "user-agent" or "host" or "connection");
}

/// <summary>Checks <see cref="AgentOptions"/> before the agent starts.</summary>
[OptionsValidator]
internal sealed partial class AgentOptionsValidator : IValidateOptions<AgentOptions>;
