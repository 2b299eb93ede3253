using MeshCA.Authorities;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>What the next step of a rotation waits for, from the measured inventory; pure. Planner, guard and status all ask here.</summary>
internal static class RotationConditions
{
    /// <summary>The conditions of the next step, met or not.</summary>
    /// <param name="set">The authorities, with a rotation under way.</param>
    /// <param name="fleet">Measured against the rotation's target sequence.</param>
    /// <param name="settings">How rotations are carried on.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<RotationCondition> Of(
        AuthoritySet set, FleetReport fleet, RotationSettings settings, DateTimeOffset now) => set.Rotation switch
        {
            { Phase: RotationPhase.Distributing } rotation =>
            [
                Inventory(fleet), .. Updated(fleet), Elapsed(ConditionKind.Propagation, rotation, settings.PropagationWindow, now),
            ],

            // Once the old root is out, new chains no longer lead to it: who knows only the old one would refuse them.
            { Phase: RotationPhase.Draining } rotation =>
            [
                Inventory(fleet), .. Updated(fleet), Leaves(set, rotation.OldRoot, fleet), Signer(set, rotation.OldRoot),
                Elapsed(ConditionKind.Settling, rotation, settings.SettleTime, now),
            ],

            // Everybody still has the old root, for which this goes back.
            { Phase: RotationPhase.Withdrawing } rotation =>
            [
                Inventory(fleet), Leaves(set, rotation.NewRoot, fleet), Signer(set, rotation.NewRoot),
                Elapsed(ConditionKind.Settling, rotation, settings.SettleTime, now),
            ],
            _ => [],
        };

    /// <summary>What the revocation of a root waits for, where it is not forced: nothing chains to it, and nobody needs it for what the next root signs.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="root">The root's id.</param>
    /// <param name="fleet">Measured against the rotation's target sequence.</param>
    public static IReadOnlyList<RotationCondition> OfRevocation(AuthoritySet set, string root, FleetReport fleet) =>
        set.Rotation is { Phase: RotationPhase.Draining, OldRoot: var old } && old == root
            ? [Inventory(fleet), .. Updated(fleet), Leaves(set, root, fleet)]
            : [Inventory(fleet), Leaves(set, root, fleet)];

    /// <summary>Unexpired leaves that chain to a root.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="root">The root's id.</param>
    /// <param name="fleet">The inventory.</param>
    public static AuthorityLeaves LeavesUnder(AuthoritySet set, string root, FleetReport fleet)
    {
        var signers = set.Authorities.Where(a => a.Kind == AuthorityKind.Intermediate && a.Issuer == root).Select(a => a.Id).Append(root);
        var leaves = signers.Select(id => fleet.ByAuthority.GetValueOrDefault(id)).OfType<AuthorityLeaves>().Where(l => l.Live > 0).ToList();
        return leaves.Count == 0
            ? new AuthorityLeaves(0, fleet.MeasuredAt)
            : new AuthorityLeaves(leaves.Sum(l => l.Live), leaves.Max(l => l.LastExpiry));
    }

    private static RotationCondition Inventory(FleetReport fleet) =>
        new(ConditionKind.Inventory, fleet.IsComplete ? 1 : 0, 1, fleet.IsComplete ? null : fleet.CompleteAt);

    private static RotationCondition[] Updated(FleetReport fleet) =>
    [
        new(ConditionKind.Consumers, fleet.ConsumersUpdated, fleet.Consumers),
        new(ConditionKind.Holders, fleet.HoldersUpdated, fleet.Holders, fleet.Laggards.Max(laggard => laggard.LeafExpiresAt)),
    ];

    private static RotationCondition Leaves(AuthoritySet set, string root, FleetReport fleet)
    {
        var under = LeavesUnder(set, root, fleet);
        return new(ConditionKind.Leaves, fleet.LiveLeaves - under.Live, fleet.LiveLeaves, under.Live > 0 ? under.LastExpiry : null);
    }

    private static RotationCondition Signer(AuthoritySet set, string leaving)
    {
        var signer = set.Authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
        return new(ConditionKind.Signer, signer is not null && signer.Issuer != leaving ? 1 : 0, 1);
    }

    private static RotationCondition Elapsed(ConditionKind kind, RotationRecord rotation, TimeSpan length, DateTimeOffset now)
    {
        // Whole seconds, the last one up only when it is over.
        var total = (long)Math.Ceiling(length.TotalSeconds);
        var end = rotation.PhaseSince + length;
        return new(kind, now >= end ? total : Math.Clamp((long)(now - rotation.PhaseSince).TotalSeconds, 0, Math.Max(0, total - 1)), total, end);
    }
}
