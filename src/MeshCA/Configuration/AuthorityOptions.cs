using System.ComponentModel.DataAnnotations;
using MeshCA.Authorities;
using MeshCA.Clusters;
using MeshCA.Cryptography;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Configuration;

/// <summary>The authorities: made and renewed by this service, or plugged in.</summary>
internal sealed class AuthorityOptions : IValidatableObject
{
    public const string Section = "Authorities";

    /// <summary>Directory of a plug-in authority (Istio's <c>cacerts</c> or a kubernetes.io/tls secret); empty: make our own root.</summary>
    public string PluginDirectory { get; set; } = "";

    /// <summary>Secret of a plug-in authority as NAMESPACE/NAME (<c>istio-system/cacerts</c>), read through the home cluster's API server instead of
    /// <see cref="PluginDirectory"/>; empty: none.</summary>
    [MaxLength(317)]
    public string PluginSecret { get; set; } = "";

    /// <summary>Secret in the home cluster that authorities and revocations are kept in, sealed, as NAMESPACE/NAME; empty: in the store alone.</summary>
    [MaxLength(317)]
    public string Secret { get; set; } = "";

    /// <summary>File of the key-encryption key that sealed <see cref="Secret"/> before `meshca keys rewrap`; the next leader seals it under the present one. Empty: none.</summary>
    public string FormerSecretKeyFile { get; set; } = "";

    /// <summary>Secret as NAMESPACE/NAME to take the first root from (<c>istio-system/istio-ca-secret</c>, <c>istio-system/cacerts</c>), so that a mesh
    /// keeps its root; counts only while there are no authorities. Empty: make one.</summary>
    [MaxLength(317)]
    public string ImportSecret { get; set; } = "";

    /// <summary>Take a plug-in bundle that both adds and drops roots: cuts off clients that know only the dropped ones.</summary>
    public bool AcceptRootChange { get; set; }

    /// <summary>Key of a new root: EcdsaP256, EcdsaP384 or Rsa.</summary>
    [EnumDataType(typeof(KeyAlgorithm))]
    public KeyAlgorithm RootKey { get; set; } = KeyAlgorithm.EcdsaP256;

    /// <summary>Key of a new intermediate: EcdsaP256, EcdsaP384 or Rsa.</summary>
    [EnumDataType(typeof(KeyAlgorithm))]
    public KeyAlgorithm IntermediateKey { get; set; } = KeyAlgorithm.EcdsaP256;

    /// <summary>Bits of a new RSA authority's modulus.</summary>
    [Range(2048, 4096)]
    public int RsaKeySize { get; set; } = 3072;

    /// <summary>Lifetime of a new root; 10 years, the same as Istio's.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7300.00:00:00")]
    public TimeSpan RootLifetime { get; set; } = TimeSpan.FromDays(3650);

    /// <summary>Lifetime of a new intermediate; it is renewed at half of it.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "3650.00:00:00")]
    public TimeSpan IntermediateLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often renewals and changed plug-in files are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>An alarm is raised when the signing authority or a root has less validity left than this.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan ExpiryAlarm { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether the authority is plugged in, and so not ours to renew.</summary>
    internal bool IsPlugin => PluginDirectory.Length + PluginSecret.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (member, value) in new[] { (nameof(PluginSecret), PluginSecret), (nameof(Secret), Secret), (nameof(ImportSecret), ImportSecret) })
        {
            if (value.Length > 0 && !ObjectName.TryParse(value, out _))
            {
                yield return new($"{member} `{value}` is not NAMESPACE/NAME.", [member]);
            }
        }

        if (new[] { PluginDirectory, PluginSecret, ImportSecret }.Count(source => source.Length > 0) > 1)
        {
            yield return new(
                $"{nameof(PluginDirectory)}, {nameof(PluginSecret)} and {nameof(ImportSecret)} exclude one another.", [nameof(PluginSecret)]);
        }

        if (IntermediateLifetime > RootLifetime / 2)
        {
            yield return new(
                $"{nameof(IntermediateLifetime)} {IntermediateLifetime} exceeds half of {nameof(RootLifetime)} {RootLifetime}, "
                + $"{RootLifetime / 2}, by {IntermediateLifetime - (RootLifetime / 2)}: "
                + "a root signs until half its life is over, so the last intermediate could not be given its lifetime.",
                [nameof(IntermediateLifetime)]);
        }
    }

    /// <summary>The settings as the core takes them.</summary>
    public AuthoritySettings ToSettings(TrustDomain trustDomain, TimeSpan backdate) => new()
    {
        TrustDomain = trustDomain,
        RootKey = new KeyChoice(RootKey, RsaKeySize),
        RootLifetime = RootLifetime,
        IntermediateKey = new KeyChoice(IntermediateKey, RsaKeySize),
        IntermediateLifetime = IntermediateLifetime,
        Backdate = backdate,
    };
}

[OptionsValidator]
internal sealed partial class AuthorityOptionsValidator : IValidateOptions<AuthorityOptions>;

/// <summary>Rules between sections: what lives in a cluster needs one.</summary>
internal sealed class AuthoritySecretsFitValidator(IOptions<KubernetesOptions> kubernetes) : IValidateOptions<AuthorityOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, AuthorityOptions options)
    {
        try
        {
            return options.Secret.Length + options.PluginSecret.Length + options.ImportSecret.Length > 0 && kubernetes.Value.Clusters.Count == 0
                ? ValidateOptionsResult.Fail("Authorities:Secret, PluginSecret and ImportSecret need a cluster in Kubernetes:Clusters.")
                : ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Success; // reported by the section itself
        }
    }
}

/// <summary>Rules between sections: what is signed must fit into what is left of an intermediate at the end of its use.</summary>
internal sealed class LifetimesFitValidator(IOptions<IssuanceOptions> issuance) : IValidateOptions<AuthorityOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthorityOptions options)
    {
        // A plug-in authority's lifetime is nobody's setting: leaves are clamped to what it has left.
        var faults = options.IsPlugin ? [] : FindFaults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> FindFaults(AuthorityOptions options)
    {
        var half = options.IntermediateLifetime / 2;
        var isHalf = $"half of Authorities:IntermediateLifetime {options.IntermediateLifetime}, {half}";
        if (Leaves() is not { } leaves)
        {
            yield break;
        }

        if (leaves.MaxLifetime > half)
        {
            yield return $"Issuance:MaxLifetime {leaves.MaxLifetime} exceeds {isHalf}, by {leaves.MaxLifetime - half}: "
                + "an intermediate signs until half its life is over, so a leaf signed last could not be given its lifetime.";
        }

        var last = options.IntermediateLifetime - leaves.AuthorityFloor;
        if (leaves.AuthorityFloor >= half)
        {
            yield return $"Issuance:AuthorityFloor {leaves.AuthorityFloor} reaches {isHalf}: "
                + "issuing would stop before the next intermediate is made.";
        }
        else if (half + options.CheckInterval > last)
        {
            yield return $"Authorities:CheckInterval {options.CheckInterval} exceeds {last - half}: the next intermediate may be made as late as "
                + $"{half} + {options.CheckInterval} = {half + options.CheckInterval}, and issuing stops at "
                + $"Authorities:IntermediateLifetime {options.IntermediateLifetime} - Issuance:AuthorityFloor {leaves.AuthorityFloor} = {last}.";
        }
    }

    // What is wrong with that section itself is reported there.
    private IssuanceOptions? Leaves()
    {
        try
        {
            return issuance.Value;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }
}
