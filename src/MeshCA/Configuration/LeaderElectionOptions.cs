using System.ComponentModel.DataAnnotations;
using MeshCA.Clusters;
using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>Which of several replicas signs: the one that holds a lease in the home cluster.</summary>
internal sealed class LeaderElectionOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "LeaderElection";

    /// <summary>The lease as NAMESPACE/NAME; empty: this process is the only one.</summary>
    [MaxLength(317)]
    public string Lease { get; set; } = "";

    /// <summary>What this replica is called in the lease, at each start otherwise: one of the same name takes it at once; empty: the machine's name and a random part.</summary>
    [MaxLength(253)]
    public string Identity { get; set; } = "";

    /// <summary>How long after its last renewal the lease keeps others from taking it.</summary>
    [Range(typeof(TimeSpan), "00:00:03", "00:05:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last renewal the leader still signs; what is left of the lease is for clocks of unlike speed.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:05:00")]
    public TimeSpan RenewDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the lease is renewed, or tried for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RetryPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Label the leader's pod, in the lease's namespace, with <c>meshca.io/leader=true</c>, and take the label off all others: what a Service selects by.</summary>
    public bool LabelPods { get; set; }

    /// <summary>Name of this replica's pod; empty: the machine's name, which is the same in a pod that does not set another.</summary>
    [MaxLength(253)]
    public string Pod { get; set; } = "";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LabelPods && Lease.Length == 0)
        {
            yield return new($"{nameof(LabelPods)} has no use without {nameof(Lease)}.", [nameof(LabelPods)]);
        }

        if (Lease.Length > 0 && !ObjectName.TryParse(Lease, out _))
        {
            yield return new($"{nameof(Lease)} `{Lease}` is not NAMESPACE/NAME.", [nameof(Lease)]);
        }

        if (LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            yield return new($"{nameof(LeaseDuration)} {LeaseDuration} is no whole number of seconds.", [nameof(LeaseDuration)]);
        }

        if (RenewDeadline >= LeaseDuration)
        {
            yield return new(
                $"{nameof(RenewDeadline)} {RenewDeadline} reaches {nameof(LeaseDuration)} {LeaseDuration}: two replicas could sign at once.",
                [nameof(RenewDeadline)]);
        }

        if (RetryPeriod * 2 > RenewDeadline)
        {
            yield return new(
                $"{nameof(RetryPeriod)} {RetryPeriod} exceeds half of {nameof(RenewDeadline)} {RenewDeadline}: one lost answer would end the leadership.",
                [nameof(RetryPeriod)]);
        }
    }
}

/// <summary>Checks <see cref="LeaderElectionOptions"/> before the service starts.</summary>
[OptionsValidator]
internal sealed partial class LeaderElectionOptionsValidator : IValidateOptions<LeaderElectionOptions>;

/// <summary>Rules between sections: what lives in a cluster needs one, and replicas need authorities in common.</summary>
internal sealed class LeaderElectionFitsValidator(IOptions<AuthorityOptions> authorities, IOptions<KubernetesOptions> kubernetes)
    : IValidateOptions<LeaderElectionOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, LeaderElectionOptions options)
    {
        if (options.Lease.Length == 0)
        {
            return ValidateOptionsResult.Success;
        }

        try
        {
            return (authorities.Value.Secret, kubernetes.Value.Clusters) switch
            {
                (_, []) => ValidateOptionsResult.Fail("LeaderElection:Lease needs a cluster in Kubernetes:Clusters."),
                ("", _) => ValidateOptionsResult.Fail(
                    "LeaderElection:Lease needs Authorities:Secret: replicas of their own authorities would make a mesh of two roots."),
                _ => ValidateOptionsResult.Success,
            };
        }
        catch (OptionsValidationException)
        {
            return ValidateOptionsResult.Success; // reported by the section itself
        }
    }
}
