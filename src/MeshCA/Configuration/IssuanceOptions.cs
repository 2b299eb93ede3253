using System.ComponentModel.DataAnnotations;
using System.IO;
using MeshCA.Issuance;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>What leaves may be like.</summary>
internal sealed class IssuanceOptions : IValidatableObject
{
    public const string Section = "Issuance";

    /// <summary>Lifetime when the request asks for none; 24 hours, the same as Istio's.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "90.00:00:00")]
    public TimeSpan DefaultLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Longest lifetime granted; longer requests are clamped and audited. At most half of an intermediate's.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "90.00:00:00")]
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromDays(15);

    /// <summary>Validity the signing authority must have left to sign at all.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AuthorityFloor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How far NotBefore lies before now, for peers whose clocks run behind; 2 minutes, the same as Istio's.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Backdate { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Share of a leaf's lifetime that chance may cut off, 0 to 0.5, so that a fleet never renews all at once; at least a minute
    /// is left.</summary>
    [Range(0.0, 0.5)]
    public double LifetimeJitter { get; set; } = 0.1;

    /// <summary>File with the issuance policy, who may get what; none: as Istio, every authenticated caller.</summary>
    public string PolicyFile { get; set; } = "";

    /// <summary>Share of leaves whose new signature is verified before they leave, 0 to 1; authorities' always are.</summary>
    [Range(0.0, 1.0)]
    public double SignatureCheckShare { get; set; } = 0.01;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DefaultLifetime > MaxLifetime)
        {
            yield return new(
                $"{nameof(DefaultLifetime)} {DefaultLifetime} exceeds {nameof(MaxLifetime)} {MaxLifetime} by {DefaultLifetime - MaxLifetime}.",
                [nameof(DefaultLifetime)]);
        }

        if (PolicyFile.Length > 0 && !Path.IsPathFullyQualified(PolicyFile))
        {
            yield return new($"{nameof(PolicyFile)} is not absolute.", [nameof(PolicyFile)]);
        }
    }

    /// <summary>The lifetimes as the core takes them.</summary>
    public LifetimePolicy ToPolicy() => new()
    {
        Default = DefaultLifetime,
        Max = MaxLifetime,
        AuthorityFloor = AuthorityFloor,
        Backdate = Backdate,
        Jitter = LifetimeJitter,
    };
}

[OptionsValidator]
internal sealed partial class IssuanceOptionsValidator : IValidateOptions<IssuanceOptions>;
