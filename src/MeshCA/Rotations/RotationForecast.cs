using MeshCA.Authorities;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>One phase of a plan, with its dates.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Begins">When it begins.</param>
/// <param name="Expected">When it ends if clients renew as Istio's do and nothing is held.</param>
/// <param name="Latest">When it ends at the latest, if all clients live that are counted: whoever is not updated by then has no valid certificate.</param>
/// <param name="WaitsFor">What ends it.</param>
internal sealed record PlannedPhase(
    RotationPhase Phase, DateTimeOffset Begins, DateTimeOffset Expected, DateTimeOffset Latest, IReadOnlyList<ConditionKind> WaitsFor);

/// <summary>Foretells a rotation from the inventory; pure. What is measured later decides, not this.</summary>
internal static class RotationForecast
{
    // Istio's agent renews at half of the lifetime (istio-ca §6.2), ztunnel too.
    private const double RenewalShare = 0.5;

    private static readonly ConditionKind[] DistributingWaits =
        [ConditionKind.Inventory, ConditionKind.Consumers, ConditionKind.Holders, ConditionKind.Propagation];

    private static readonly ConditionKind[] DrainingWaits =
        [ConditionKind.Inventory, ConditionKind.Consumers, ConditionKind.Holders, ConditionKind.Leaves, ConditionKind.Signer, ConditionKind.Settling];

    private static readonly ConditionKind[] WithdrawingWaits =
        [ConditionKind.Inventory, ConditionKind.Leaves, ConditionKind.Signer, ConditionKind.Settling];

    /// <summary>Foretells the phases that are left of a rotation, or of one that would begin now.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="fleet">The inventory.</param>
    /// <param name="settings">How rotations are carried on.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<PlannedPhase> Of(AuthoritySet set, FleetReport fleet, RotationSettings settings, DateTimeOffset now)
    {
        var rotation = set.Rotation is { IsUnderWay: true } present ? present : null;
        return rotation?.Phase switch
        {
            RotationPhase.Withdrawing => [Draining(RotationPhase.Withdrawing, rotation.NewRoot, rotation.PhaseSince, WithdrawingWaits)],
            RotationPhase.Draining => [Draining(RotationPhase.Draining, rotation.OldRoot, rotation.PhaseSince, DrainingWaits)],

            // Of a bundle that is to come nobody has got anything yet, whatever was measured of the present one.
            _ => FromBegin(fleet, rotation is null ? 0 : fleet.HoldersUpdated, settings, rotation?.PhaseSince ?? now, now),
        };

        PlannedPhase Draining(RotationPhase phase, string root, DateTimeOffset begins, IReadOnlyList<ConditionKind> waits)
        {
            var under = RotationConditions.LeavesUnder(set, root, fleet);
            var end = Later(Later(under.Live > 0 ? under.LastExpiry : now, begins + settings.SettleTime), fleet.CompleteAt ?? begins);
            return new(phase, begins, end, end, waits);
        }
    }

    private static PlannedPhase[] FromBegin(
        FleetReport fleet, int updated, RotationSettings settings, DateTimeOffset begins, DateTimeOffset now)
    {
        var lastExpiry = fleet.ByAuthority.Values.Where(leaves => leaves.Live > 0).Select(leaves => leaves.LastExpiry).DefaultIfEmpty(now).Max();
        var window = Later(begins + settings.PropagationWindow, fleet.CompleteAt ?? begins);
        var renewed = now + (Longest(lastExpiry - now, settings.LeafLifetime) * RenewalShare);
        var hasHolders = fleet.LiveLeaves > 0;
        var activated = Later(window, hasHolders && updated < fleet.Holders ? renewed : now);
        var activatedAtLatest = Later(window, lastExpiry);
        return
        [
            new(RotationPhase.Distributing, begins, activated, activatedAtLatest, DistributingWaits),
            new(
                RotationPhase.Draining,
                activated,
                activated + (hasHolders ? Longest(settings.LeafLifetime, TimeSpan.Zero) : settings.SettleTime),
                activatedAtLatest + settings.MaxLeafLifetime,
                DrainingWaits),
        ];
    }

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static TimeSpan Longest(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
