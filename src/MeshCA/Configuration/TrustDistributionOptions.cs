using System.ComponentModel.DataAnnotations;
using MeshCA.Clusters;
using MeshCA.TrustDistribution;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>The trust bundle in the clusters: config maps, webhooks, istiod's serving certificate.</summary>
internal sealed class TrustDistributionOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "TrustDistribution";

    private const int MaxDnsNameLength = 253;

    /// <summary>Write the trust bundle into a config map of every namespace of every cluster, as istiod does with its own authority.</summary>
    public bool Enabled { get; set; }

    /// <summary>Name of the config map; its key is <c>root-cert.pem</c>.</summary>
    [Required]
    [MaxLength(253)]
    public string ConfigMap { get; set; } = "istio-ca-root-cert";

    /// <summary>Write the revocation lists into a second config map; it is empty where not every authority has a list.</summary>
    public bool RevocationLists { get; set; }

    /// <summary>Name of that config map; its key is <c>ca-crl.pem</c>.</summary>
    [Required]
    [MaxLength(253)]
    public string RevocationListConfigMap { get; set; } = "istio-ca-crl";

    /// <summary>Namespaces left out beside kube-public, kube-node-lease and local-path-storage.</summary>
    [MaxLength(1_000)]
    public List<string> ExcludedNamespaces { get; set; } = [];

    /// <summary>Label selectors in the API's syntax: only namespaces that one of them selects get config maps, as with Istio's discovery selectors. None: all.</summary>
    [MaxLength(100)]
    public List<string> NamespaceSelectors { get; set; } = [];

    /// <summary>How many namespaces of one cluster are written at once.</summary>
    [Range(1, 128)]
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>How often every namespace is looked at although nothing was heard of it.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ResyncInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Mutating and validating webhook configurations whose <c>caBundle</c> is kept at the trust bundle, by name.</summary>
    [MaxLength(100)]
    public List<string> Webhooks { get; set; } = [];

    /// <summary>The same by the value of their label <c>istio.io/rev</c>: istiod's own webhooks.</summary>
    [MaxLength(100)]
    public List<string> WebhookRevisions { get; set; } = [];

    /// <summary>Secret that istiod's serving certificate is written into, as NAMESPACE/NAME (<c>istio-system/istiod-tls</c>), in the home cluster; empty: none.</summary>
    [MaxLength(317)]
    public string IstiodSecret { get; set; } = "";

    /// <summary>Istiod's revision, where it is not the default one; its certificate names <c>istiod-REVISION.NAMESPACE.svc</c> too.</summary>
    [MaxLength(63)]
    public string IstiodRevision { get; set; } = "";

    /// <summary>Further DNS names of istiod's certificate, such as its discovery address.</summary>
    [MaxLength(50)]
    public List<string> IstiodDnsNames { get; set; } = [];

    /// <summary>Lifetime of istiod's certificate; renewed at half of it, and with each change of the authorities above it.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan IstiodLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether anything is to be done in the clusters.</summary>
    internal bool IsUsed => Enabled || Webhooks.Count + WebhookRevisions.Count + IstiodSecret.Length > 0;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RevocationLists && ConfigMap == RevocationListConfigMap)
        {
            yield return new("the trust bundle and the revocation lists need two config maps", [nameof(RevocationListConfigMap)]);
        }

        foreach (var selector in NamespaceSelectors)
        {
            if (!LabelSelector.TryParse(selector, out _))
            {
                yield return new($"`{selector}` is no label selector", [nameof(NamespaceSelectors)]);
            }
        }

        if (IstiodSecret.Length > 0 && !ObjectName.TryParse(IstiodSecret, out _))
        {
            yield return new($"{nameof(IstiodSecret)} `{IstiodSecret}` is not NAMESPACE/NAME.", [nameof(IstiodSecret)]);
        }

        foreach (var name in IstiodDnsNames)
        {
            if (name.Length > MaxDnsNameLength || Uri.CheckHostName(name) != UriHostNameType.Dns)
            {
                yield return new($"`{name}` is no DNS name.", [nameof(IstiodDnsNames)]);
            }
        }
    }

    /// <summary>Which namespaces get config maps.</summary>
    public DistributionScope ToScope() => new(
        ExcludedNamespaces,
        [.. NamespaceSelectors.Select(text => LabelSelector.TryParse(text, out var selector) ? selector : throw new FormatException(text))]);
}

/// <summary>Checks <see cref="TrustDistributionOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class TrustDistributionOptionsValidator : IValidateOptions<TrustDistributionOptions>;

/// <summary>Rules between sections: what is written into a cluster needs one.</summary>
internal sealed class TrustDistributionFitsValidator(IOptions<KubernetesOptions> kubernetes) : IValidateOptions<TrustDistributionOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TrustDistributionOptions options)
    {
        try
        {
            return options.IsUsed && kubernetes.Value.Clusters.Count == 0
                ? ValidateOptionsResult.Fail("TrustDistribution needs a cluster in Kubernetes:Clusters.")
                : ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Success; // reported by the section itself
        }
    }
}
