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

    /// <summary>Policies of the home cluster.</summary>
    [ValidateObjectMembers]
    public ClusterPolicyOptions Policies { get; set; } = new();

    /// <summary>The admission webhook.</summary>
    [ValidateObjectMembers]
    public WebhookOptions Webhook { get; set; } = new();

    /// <summary>The signer of CertificateSigningRequests.</summary>
    [ValidateObjectMembers]
    public CertificateSigningOptions CertificateSigning { get; set; } = new();

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        SameNames().Concat(Policies.Enabled && Clusters.Count == 0
            ? [new($"{nameof(Policies)} needs a cluster.", [nameof(Policies)])]
            : []).Concat(CertificateSigning.SignerNames.Count > 0 && Clusters.Count == 0
            ? [new($"{nameof(CertificateSigning)} needs a cluster.", [nameof(CertificateSigning)])]
            : []);

    private IEnumerable<ValidationResult> SameNames() =>
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
    [RegularExpression(@"^[!-~]+\z")]
    public string Id { get; set; } = "Kubernetes";

    /// <summary>Other names of it.</summary>
    [MaxLength(32)]
    public List<string> Aliases { get; set; } = [];

    /// <summary>Its kubeconfig file; none: the configuration that each pod finds in its own cluster.</summary>
    public string Kubeconfig { get; set; } = "";

    /// <summary>Context of the kubeconfig; none: its current one.</summary>
    [MaxLength(253)]
    public string Context { get; set; } = "";

    /// <summary>Trust domain of its identities, which it alone speaks for, below the same root as all others (ADR 0010); none given: this service's.</summary>
    public string? TrustDomain { get; set; }

    /// <summary>Namespaces whose service accounts may get certificates; none given: all.</summary>
    [MaxLength(10_000)]
    public List<string> Namespaces { get; set; } = [];

    /// <summary>Service accounts of node proxies (ztunnel), each as <c>namespace/name</c>, which may ask for the certificates of the pods on their node; none given: nobody may.</summary>
    [MaxLength(16)]
    public List<string> TrustedNodeAccounts { get; set; } = [];

    /// <summary>How its tokens are judged.</summary>
    [ValidateObjectMembers]
    public ClusterTokenOptions Tokens { get; set; } = new();

    /// <summary>How long one call of its API server may take.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after which all its objects are listed anew, in case an event was lost.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan ResyncInterval { get; set; } = TimeSpan.FromHours(1);

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

        if (TrustDomain is { } name && !SpiffeIdentity.TrustDomain.TryParse(name, out _, out var error))
        {
            yield return new($"`{name}` is not a trust domain: {error}", [nameof(TrustDomain)]);
        }

        foreach (var ns in Namespaces.Where(ns => !AccountName.IsNamespace(ns)))
        {
            yield return new($"`{ns}` is not a namespace", [nameof(Namespaces)]);
        }

        foreach (var account in TrustedNodeAccounts.Where(account => !AccountName.IsQualified(account)))
        {
            yield return new($"`{account}` is not a service account as `namespace/name`", [nameof(TrustedNodeAccounts)]);
        }

        if (TrustedNodeAccounts.Count > 0 && Tokens.Mode == ClusterTokenMode.Off)
        {
            yield return new($"{nameof(TrustedNodeAccounts)} has no use while the cluster's tokens are not accepted", [nameof(TrustedNodeAccounts)]);
        }
    }
}

/// <summary>Checks <see cref="KubernetesOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class KubernetesOptionsValidator : IValidateOptions<KubernetesOptions>;
