using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
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
                Inventory(fleet), .. Updated(fleet), Elapsed(ConditionKind.Propagation, rotation.PhaseSince, settings.PropagationWindow, now),
            ],

            // Once the old root is out, new chains no longer lead to it: who knows only the old one would refuse them.
            { Phase: RotationPhase.Draining } rotation =>
            [
                Inventory(fleet), .. Updated(fleet), Leaves(set, rotation.OldRoot, fleet), Signer(set, rotation.OldRoot),
                Elapsed(ConditionKind.Settling, rotation.PhaseSince, settings.SettleTime, now),
            ],

            // Everybody still has the old root, for which this goes back.
            { Phase: RotationPhase.Withdrawing } rotation =>
            [
                Inventory(fleet), Leaves(set, rotation.NewRoot, fleet), Signer(set, rotation.NewRoot),
                Elapsed(ConditionKind.Settling, rotation.PhaseSince, settings.SettleTime, now),
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

    /// <summary>What a prepared JWT key waits for, where nobody forces it: all that report have it, and those that only poll its keys had time to.</summary>
    /// <param name="next">The key.</param>
    /// <param name="fleet">Those that report, measured against a bundle that has the key.</param>
    /// <param name="settings">How keys are replaced.</param>
    /// <param name="now">The time.</param>
    /// <param name="doubt">What speaks against that time; null: nothing.</param>
    public static IReadOnlyList<RotationCondition> OfJwtKey(
        JwtKeyLife next, FleetReport fleet, JwtKeySettings settings, DateTimeOffset now, ClockDoubt? doubt) =>
        [
            .. doubt is null ? default(ReadOnlySpan<RotationCondition>) : [Clock(doubt, now)],
            Inventory(fleet), Consumers(fleet), Elapsed(ConditionKind.Propagation, next.Since, settings.Propagation, now),
        ];

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

    private static RotationCondition Clock(ClockDoubt doubt, DateTimeOffset now) => Elapsed(ConditionKind.Clock, now - doubt.Agreed, doubt.Needed, now);

    private static RotationCondition Inventory(FleetReport fleet) =>
        new(ConditionKind.Inventory, fleet.IsComplete ? 1 : 0, 1, fleet.IsComplete ? null : fleet.CompleteAt);

    private static RotationCondition Consumers(FleetReport fleet) => new(ConditionKind.Consumers, fleet.ConsumersUpdated, fleet.Consumers);

    private static RotationCondition[] Updated(FleetReport fleet) =>
    [
        Consumers(fleet),
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

    private static RotationCondition Elapsed(ConditionKind kind, DateTimeOffset since, TimeSpan length, DateTimeOffset now)
    {
        // Whole seconds, the last one up only when it is over.
        var total = (long)Math.Ceiling(length.TotalSeconds);
        var end = since + length;
        return new(kind, now >= end ? total : Math.Clamp((long)(now - since).TotalSeconds, 0, Math.Max(0, total - 1)), total, end);
    }
}
