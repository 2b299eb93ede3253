using System.ComponentModel.DataAnnotations;
using MeshCA.Rotations;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>How roots are rotated, and whom that waits for.</summary>
internal sealed class RotationOptions
{
    public const string Section = "Rotation";

    /// <summary>How long a consumer of the trust bundle may be silent before it is taken for gone.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan ConsumerExpiry { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Most consumers that are kept in sight; whoever comes beyond them counts by its leaves only.</summary>
    [Range(1, 1_000_000)]
    public int MaxConsumers { get; set; } = 100_000;

    /// <summary>How long a new root stands in the trust bundle before it may sign, for those that report nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan PropagationWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after a step the next may follow at the earliest; longer than an answer can be under way.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it is looked whether a step is due.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>By how much the share of late certificate holders may grow after a step before the rotation halts by itself; 1: it never does.</summary>
    [Range(0.0, 1.0)]
    public double HoldOverdueShare { get; set; } = 0.1;

    /// <summary>Share of requests that fail by our fault, after a step, above which the rotation halts by itself; 1: it never does.</summary>
    [Range(0.0, 1.0)]
    public double HoldFailureShare { get; set; } = 0.1;

    /// <summary>At which share of its life the active root is replaced by itself; 0: never.</summary>
    [Range(0.0, 0.95)]
    public double AtShareOfLife { get; set; } = 0.8;

    /// <summary>When the active root, if it was made before, is replaced by itself; empty: no date is set.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>An alarm is raised when the active root has less validity left than this and no rotation is under way, or one that waits for longer than certificates live.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan RootExpiryAlarm { get; set; } = TimeSpan.FromDays(180);

    /// <summary>The settings as the core takes them.</summary>
    /// <param name="leafLifetime">How long leaves live that ask for nothing.</param>
    /// <param name="maxLeafLifetime">The longest a leaf may live.</param>
    public RotationSettings ToSettings(TimeSpan leafLifetime, TimeSpan maxLeafLifetime) => new()
    {
        PropagationWindow = PropagationWindow,
        SettleTime = SettleTime,
        HoldOverdueShare = HoldOverdueShare,
        HoldFailureShare = HoldFailureShare,
        AtShareOfLife = AtShareOfLife,
        At = At,
        LeafLifetime = leafLifetime,
        MaxLeafLifetime = maxLeafLifetime,
    };
}

[OptionsValidator]
internal sealed partial class RotationOptionsValidator : IValidateOptions<RotationOptions>;
