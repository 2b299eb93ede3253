using System.Globalization;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>Lets the next JWT key sign once all have it: for administrators and by itself. Measures as rotations of the root do.</summary>
internal sealed class JwtKeyCoordinator(
    IAuthorityStore store, IJwtKeyCommands commands, IFleetSource fleet, JwtKeySettings settings, TimeProvider clock, ClockWatch? watch = null)
{
    private const int MaxNamed = 5;
    private readonly ClockWatch _watch = watch ?? new(clock);

    /// <summary>Whether the clock is behind what was written down.</summary>
    public Func<bool> ClockIsBehind { get; init; } = () => false;

    /// <summary>What speaks against the present time, by which keys would sign or leave; null: nothing.</summary>
    public ClockDoubt? Doubt() => _watch.Doubt();

    /// <summary>How the keys stand, and what a rotation would do that was ordered now.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    /// <exception cref="KeySealException">A stored key is not one that this version knows.</exception>
    public async Task<JwtKeyReport> ReportAsync(CancellationToken cancellationToken)
    {
        var set = await store.LoadAsync(cancellationToken);
        return await ReportAsync(set, JwtKeyLife.AllOf(set), cancellationToken);
    }

    /// <summary>Lets the next key sign now.</summary>
    /// <returns><see cref="RotationOutcome.Guarded"/> where somebody lacks it, refused where the clock is behind, and
    /// <see cref="CommandContext.IsForced"/> is not set.</returns>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was changed.</exception>
    /// <exception cref="KeySealException">As for <see cref="ReportAsync(CancellationToken)"/>.</exception>
    public async Task<RotationOutcome> RotateAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (!context.IsForced && ClockIsBehind())
        {
            return RotationCoordinator.RefusedByClock;
        }

        var report = await ReportAsync(cancellationToken);
        return report.Unmet.Count > 0 && !context.IsForced
            ? new RotationOutcome.Guarded(report.Unmet, report.Fleet, Leaves: 0)
            : await ActivateAsync(report.Next?.Id, context, cancellationToken);
    }

    /// <summary>Takes the step that is due, if one is.</summary>
    /// <returns>What was done, or what it waits for; null: nothing is due.</returns>
    public async Task<JwtKeyStepOutcome?> StepAsync(CancellationToken cancellationToken)
    {
        var set = await store.LoadAsync(cancellationToken);
        var keys = JwtKeyLife.AllOf(set);
        if (JwtKeyPlanner.HandoverOf(keys, settings) is not { } handover || clock.GetUtcNow() < handover.DueAt)
        {
            return null;
        }

        var report = await ReportAsync(set, keys, cancellationToken);
        if (report.Unmet.Count == 0)
        {
            return new(report, await ActivateAsync(handover.Next.Id, new(report.At, "system"), cancellationToken));
        }

        // By a clock that jumped ahead no patience is over.
        if (report.At < handover.LatestAt || report.Doubt is not null)
        {
            return new(report, new RotationOutcome.Guarded(report.Unmet, report.Fleet, Leaves: 0));
        }

        // Past all patience: the audit says who may meet a key that it does not know.
        var order = new CommandContext(report.At, "system", $"its time is over; {Lacking(report.Fleet)}", IsForced: true);
        return new(report, await ActivateAsync(handover.Next.Id, order, cancellationToken));
    }

    /// <summary>Who lacks a key, in a few words for people.</summary>
    public static string Lacking(FleetReport fleet)
    {
        var named = string.Join(", ", fleet.Laggards.Take(MaxNamed).Select(laggard => laggard.Subject));
        var more = fleet.LaggardCount > MaxNamed ? string.Create(CultureInfo.InvariantCulture, $" and {fleet.LaggardCount - MaxNamed} more") : "";
        return fleet.LaggardCount == 0
            ? "who reports may not be known yet"
            : string.Create(CultureInfo.InvariantCulture, $"{fleet.LaggardCount} of {fleet.Consumers} consumers lack it: {named}{more}");
    }

    private async Task<JwtKeyReport> ReportAsync(AuthoritySet set, IReadOnlyList<JwtKeyLife> keys, CancellationToken cancellationToken)
    {
        var next = keys.LastOrDefault(key => key is { State: AuthorityState.Prepared, IsTainted: false });

        // The present bundle has the prepared key; an earlier one that has it too may have been acknowledged, and then this one soon is.
        var measured = await fleet.MeasureConsumersAsync((long)set.BundleSequence, cancellationToken);
        var (now, doubt) = (clock.GetUtcNow(), _watch.Doubt());
        return new(
            set.BundleSequence,
            keys.LastOrDefault(key => key.State == AuthorityState.Active),
            next,
            next is null ? [] : RotationConditions.OfJwtKey(next, measured, settings, now, doubt),
            measured,
            JwtKeyPlanner.HandoverOf(keys, settings),
            [.. keys.Where(key => key.LastTokenEnds is not null)],
            now)
        {
            Doubt = doubt,
        };
    }

    private async Task<RotationOutcome> ActivateAsync(string? id, CommandContext context, CancellationToken cancellationToken) =>
        await commands.ExecuteAsync(new AuthorityCommand.ActivateJwtKey(id, settings.Propagation), context, cancellationToken) switch
        {
            CommandOutcome.Done(var set) => new RotationOutcome.Done(set),
            CommandOutcome.Refused(var reason, var detail) => new RotationOutcome.Refused(reason, detail),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}

/// <summary>How the keys of JWT-SVIDs stand.</summary>
/// <param name="BundleSequence">The bundle that has them.</param>
/// <param name="Active">The key that signs; null: none does.</param>
/// <param name="Next">The key that is prepared; null: none is.</param>
/// <param name="Conditions">What the next one waits for.</param>
/// <param name="Fleet">Those that report.</param>
/// <param name="Handover">When the next one takes over by itself; null: it does at once, or not at all.</param>
/// <param name="Leaving">Keys that sign no more and leave once their last tokens have ended, oldest first.</param>
/// <param name="At">When this was measured.</param>
internal sealed record JwtKeyReport(
    ulong BundleSequence,
    JwtKeyLife? Active,
    JwtKeyLife? Next,
    IReadOnlyList<RotationCondition> Conditions,
    FleetReport Fleet,
    JwtKeyHandover? Handover,
    IReadOnlyList<JwtKeyLife> Leaving,
    DateTimeOffset At)
{
    /// <summary>The conditions that are not met.</summary>
    public IReadOnlyList<RotationCondition> Unmet { get; } = [.. Conditions.Where(condition => !condition.IsMet)];

    /// <summary>What speaks against the time at which this was measured; null: nothing.</summary>
    public ClockDoubt? Doubt { get; init; }

    /// <summary>When the active key would leave the bundle, did the next one sign from now on.</summary>
    public DateTimeOffset? ActiveWouldLeaveAt => Active is { } active ? At + active.LongestToken + JwtKeySettings.Leeway : null;
}

/// <summary>A step that was due.</summary>
/// <param name="Before">How the keys stood.</param>
/// <param name="Outcome">What became of it; guarded: it waits.</param>
internal sealed record JwtKeyStepOutcome(JwtKeyReport Before, RotationOutcome Outcome);
