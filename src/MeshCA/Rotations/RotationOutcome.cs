using MeshCA.Authorities;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>How a rotation stands.</summary>
/// <param name="Authorities">The authorities, with the rotation.</param>
/// <param name="Fleet">The inventory.</param>
/// <param name="Conditions">What the next step waits for; empty without a rotation.</param>
/// <param name="Phases">What is to come, with dates; of a rotation that would begin now where none is under way.</param>
/// <param name="DueAt">When a rotation begins by itself; null: never, or one is under way.</param>
/// <param name="At">When this was measured.</param>
internal sealed record RotationReport(
    AuthoritySet Authorities,
    FleetReport Fleet,
    IReadOnlyList<RotationCondition> Conditions,
    IReadOnlyList<PlannedPhase> Phases,
    DateTimeOffset? DueAt,
    DateTimeOffset At);

/// <summary>What became of an order about a rotation or a root.</summary>
internal abstract record RotationOutcome
{
    private RotationOutcome()
    {
    }

    /// <summary>It is done and durable.</summary>
    internal sealed record Done(AuthoritySet Authorities) : RotationOutcome;

    /// <summary>It is not possible.</summary>
    internal sealed record Refused(AuthorityRefusal Reason, string Detail) : RotationOutcome;

    /// <summary>It would strand somebody, and was not forced.</summary>
    /// <param name="Unmet">What is not met.</param>
    /// <param name="Fleet">Who it would be.</param>
    /// <param name="Leaves">Unexpired leaves that would no longer verify.</param>
    internal sealed record Guarded(IReadOnlyList<RotationCondition> Unmet, FleetReport Fleet, long Leaves) : RotationOutcome;
}
