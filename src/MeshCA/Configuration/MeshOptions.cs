using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>What the whole mesh has in common.</summary>
internal sealed class MeshOptions : IValidatableObject
{
    public const string Section = "Mesh";

    /// <summary>The mesh's own trust domain; clusters and token issuers may have others. Istio's default is <c>cluster.local</c>.</summary>
    [Required]
    public string TrustDomain { get; set; } = "cluster.local";

    /// <summary>Whether workloads of one of our trust domains are given the roots under the names of the others too, so that those that verify by SPIFFE's rules
    /// accept each other. Off: only sidecars with <c>trustDomainAliases</c> do.</summary>
    public bool ShareTrustDomains { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!SpiffeIdentity.TrustDomain.TryParse(TrustDomain, out _, out var error))
        {
            yield return new($"`{TrustDomain}` is no trust domain: {error} (SPIFFE-ID §2.1).", [nameof(TrustDomain)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class MeshOptionsValidator : IValidateOptions<MeshOptions>;
