using System.ComponentModel.DataAnnotations;
using System.IO;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>The Kubernetes clusters that the service works with.</summary>
internal sealed class KubernetesOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Kubernetes";

    /// <summary>The clusters; the first is home, where leases, secrets and the service's own objects live. None: the service knows no Kubernetes.</summary>
    [MaxLength(256)]
    [ValidateEnumeratedItems]
    public List<ClusterOptions> Clusters { get; set; } = [];

    /// <summary>The signer of CertificateSigningRequests.</summary>
    [ValidateObjectMembers]
    public CertificateSigningOptions CertificateSigning { get; set; } = new();

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from name in Clusters.SelectMany(cluster => cluster.Aliases.Prepend(cluster.Id).Distinct(StringComparer.Ordinal))
        group name by name into same
        where same.Count() > 1
        select new ValidationResult($"two clusters are named `{same.Key}`", [nameof(Clusters)]);
}

/// <summary>One cluster.</summary>
internal sealed class ClusterOptions : IValidatableObject
{
    /// <summary>Its name, as agents send it in <c>clusterid</c>; Istio's own default is the same.</summary>
    [Required]
    [MaxLength(253)]
    public string Id { get; set; } = "Kubernetes";

    /// <summary>Other names of it.</summary>
    [MaxLength(32)]
    public List<string> Aliases { get; set; } = [];

    /// <summary>Its kubeconfig file; none: the configuration that each pod finds in its own cluster.</summary>
    public string Kubeconfig { get; set; } = "";

    /// <summary>Context of the kubeconfig; none: its current one.</summary>
    [MaxLength(253)]
    public string Context { get; set; } = "";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kubeconfig.Length > 0 && !Path.IsPathFullyQualified(Kubeconfig))
        {
            yield return new($"{nameof(Kubeconfig)} is not absolute.", [nameof(Kubeconfig)]);
        }

        if (Context.Length > 0 && Kubeconfig.Length == 0)
        {
            yield return new($"{nameof(Context)} has no use without {nameof(Kubeconfig)}.", [nameof(Context)]);
        }

        if (Aliases.Any(string.IsNullOrWhiteSpace))
        {
            yield return new("an alias is empty", [nameof(Aliases)]);
        }
    }
}

/// <summary>Checks <see cref="KubernetesOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class KubernetesOptionsValidator : IValidateOptions<KubernetesOptions>;
