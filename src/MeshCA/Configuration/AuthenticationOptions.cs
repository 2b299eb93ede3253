using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>How callers prove their identity.</summary>
internal sealed class AuthenticationOptions : IValidatableObject
{
    public const string Section = "Authentication";

    /// <summary>Issuers whose service-account tokens are accepted; at most 64.</summary>
    [MaxLength(64)]
    [ValidateEnumeratedItems]
    public List<TokenIssuerOptions> Issuers { get; set; } = [];

    /// <summary>How far the issuers' clocks may be ahead of or behind this one when a token's times are judged.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockLeeway { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The cache of verified tokens.</summary>
    [ValidateObjectMembers]
    public TokenCacheOptions TokenCache { get; set; } = new();

    /// <summary>Renewal with a certificate that this service issued.</summary>
    [ValidateObjectMembers]
    public ClientCertificateOptions ClientCertificates { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        RepeatedNames().Concat(RepeatedIssuers()).Concat(AmbiguousClusters());

    private IEnumerable<ValidationResult> RepeatedNames() =>
        from issuer in Issuers
        group issuer by issuer.Name into named
        where named.Count() > 1
        select Error($"two issuers are named `{named.Key}`");

    // Clusters often share the default issuer URL and differ in their keys, so the URL alone may repeat.
    private IEnumerable<ValidationResult> RepeatedIssuers() =>
        from issuer in Issuers
        group issuer by (issuer.Issuer, issuer.ClusterId) into same
        where same.Count() > 1
        select Error($"issuer `{same.Key.Issuer}` is configured twice for cluster `{same.Key.ClusterId}`");

    private IEnumerable<ValidationResult> AmbiguousClusters() =>
        from issuer in Issuers
        from alias in issuer.ClusterAliases
        where Issuers.Any(other => other.ClusterId != issuer.ClusterId
            && (other.ClusterId == alias || other.ClusterAliases.Contains(alias)))
        select Error($"alias `{alias}` of cluster `{issuer.ClusterId}` also names another cluster");

    private static ValidationResult Error(string message) => new(message, [nameof(Issuers)]);
}

/// <summary>Every error of the section at once, before a port opens.</summary>
[OptionsValidator]
internal sealed partial class AuthenticationOptionsValidator : IValidateOptions<AuthenticationOptions>;
