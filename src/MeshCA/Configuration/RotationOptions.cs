using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>How roots are rotated, and whom that waits for.</summary>
internal sealed class RotationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Rotation";

    /// <summary>How long a consumer of the trust bundle may be silent before it is taken for gone.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan ConsumerExpiry { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Most consumers that are kept in sight; whoever comes beyond them counts by its leaves only.</summary>
    [Range(1, 1_000_000)]
    public int MaxConsumers { get; set; } = 100_000;
}

[OptionsValidator]
internal sealed partial class RotationOptionsValidator : IValidateOptions<RotationOptions>;
