using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Whose CertificateSigningRequests are signed, and how.</summary>
internal sealed class CertificateSigningOptions : IValidatableObject
{
    /// <summary>The signer names that this service answers to, such as `meshca.io/workload`; none: requests are left alone. Those of Kubernetes itself are refused.</summary>
    [MaxLength(16)]
    public List<string> SignerNames { get; set; } = [];

    /// <summary>Service accounts, as `namespace/name`, whose CSRs name the identity to be certified: registration authorities, such as an istiod that only approves.</summary>
    [MaxLength(64)]
    public List<string> TrustedRequesters { get; set; } = [];

    /// <summary>Whether a service account's request for its own identity is approved by the service itself, where the issuance policy allows it.</summary>
    public bool ApproveOwnIdentity { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in SignerNames.Where(name => !IsSignerName(name)))
        {
            yield return new($"`{name}` is no signer name of the form `domain/name`", [nameof(SignerNames)]);
        }

        // What kubelets and the API server trust must never come from a mesh's authority.
        foreach (var name in SignerNames.Where(IsOfKubernetes))
        {
            yield return new($"`{name}` belongs to Kubernetes: this service signs for workloads only", [nameof(SignerNames)]);
        }

        foreach (var account in TrustedRequesters.Where(account => !AccountName.IsQualified(account)))
        {
            yield return new($"`{account}` is not a service account as `namespace/name`", [nameof(TrustedRequesters)]);
        }

        if (SignerNames.Count == 0 && (TrustedRequesters.Count > 0 || ApproveOwnIdentity))
        {
            yield return new($"without {nameof(SignerNames)} nothing is signed or approved", [nameof(SignerNames)]);
        }
    }

    // The API's own rule: a host name of at least two labels, a slash, a path.
    private static bool IsSignerName(string name) =>
        name.Length <= 571 && name.Split('/') is [var domain, { Length: > 0 }]
        && domain.Contains('.', StringComparison.Ordinal) && Uri.CheckHostName(domain) == UriHostNameType.Dns && !domain.Any(char.IsAsciiLetterUpper);

    private static bool IsOfKubernetes(string name)
    {
        var domain = name.Split('/')[0];
        return Array.Exists(["kubernetes.io", "k8s.io"], own => domain == own || domain.EndsWith("." + own, StringComparison.Ordinal));
    }
}

/// <summary>Checks <see cref="CertificateSigningOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class CertificateSigningOptionsValidator : IValidateOptions<CertificateSigningOptions>;
