using MeshCA.Authorities;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>What a rotation does next by itself.</summary>
internal abstract record RotationStep
{
    private RotationStep()
    {
    }

    /// <summary>Nothing: no rotation is under way, or it waits.</summary>
    internal sealed record Wait : RotationStep;

    /// <summary>Let the new root sign.</summary>
    internal sealed record Activate : RotationStep;

    /// <summary>Take the root out that no longer signs.</summary>
    internal sealed record Retire : RotationStep;

    /// <summary>Halt, since something is off.</summary>
    /// <param name="Reason">What, for people.</param>
    internal sealed record Hold(string Reason) : RotationStep;
}

/// <summary>How issuing went since a phase began, by this process's count.</summary>
/// <param name="Issued">Certificates delivered.</param>
/// <param name="Failed">Requests of authenticated callers that failed by our fault.</param>
internal sealed record IssuanceCount(long Issued, long Failed);

/// <summary>Decides how a rotation goes on; pure, so that a crash between steps is answered by asking again.</summary>
internal static class RotationPlanner
{
    // Fewer say nothing: one failure of two requests is not half the mesh.
    private const int LeastRequests = 20;
    private const int LeastHolders = 10;

    /// <summary>Decides.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="fleet">Measured against the rotation's target sequence.</param>
    /// <param name="count">How issuing went since the phase began.</param>
    /// <param name="settings">How rotations are carried on.</param>
    /// <param name="now">The time.</param>
    public static RotationStep Next(
        AuthoritySet set, FleetReport fleet, IssuanceCount count, RotationSettings settings, DateTimeOffset now)
    {
        if (set.Rotation is not { IsUnderWay: true, Hold: null } rotation)
        {
            return new RotationStep.Wait();
        }

        if (Trouble(rotation, fleet, count, settings) is { } trouble)
        {
            return new RotationStep.Hold(trouble);
        }

        // Going back is what its operator wants done, manual rotation or not.
        var waits = rotation is { IsManual: true, Phase: not RotationPhase.Withdrawing }
            || RotationConditions.Of(set, fleet, settings, now).Any(condition => !condition.IsMet);
        return (waits, rotation.Phase) switch
        {
            (true, _) => new RotationStep.Wait(),
            (_, RotationPhase.Distributing) => new RotationStep.Activate(),
            _ => new RotationStep.Retire(),
        };
    }

    /// <summary>The share of holders that are late with their renewal, 0 to 1.</summary>
    public static double OverdueShare(FleetReport fleet) => fleet.Holders == 0 ? 0 : (double)fleet.HoldersOverdue / fleet.Holders;

    // Pods that were deleted never renew again, so some lateness is always there: what counts is how it grew.
    private static string? Trouble(RotationRecord rotation, FleetReport fleet, IssuanceCount count, RotationSettings settings)
    {
        var overdue = OverdueShare(fleet);
        var total = count.Issued + count.Failed;
        var failed = total == 0 ? 0 : (double)count.Failed / total;
        return (rotation.Phase, fleet, total) switch
        {
            (RotationPhase.Withdrawing, _, _) => null, // the way back stays open
            (_, { IsComplete: true, Holders: >= LeastHolders }, _) when overdue - rotation.OverdueShare > settings.HoldOverdueShare =>
                FormattableString.Invariant(
                    $"renewals lag: {fleet.HoldersOverdue} of {fleet.Holders} holders are late, {overdue:P0} against {rotation.OverdueShare:P0} when the phase began"),
            (_, _, >= LeastRequests) when failed > settings.HoldFailureShare =>
                FormattableString.Invariant($"renewals fail: {count.Failed} of {total} requests since the phase began, {failed:P0}"),
            _ => null,
        };
    }
}
