using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Consumers;

namespace MeshCA.Rotations;

/// <summary>Measures, asks the pure parts, and has the authorities changed: for administrators and for the rotation's own steps.</summary>
internal sealed class RotationCoordinator(
    IAuthorityCommands authorities, IFleetSource fleet, Func<IssuanceCount> issuance, RotationSettings settings, TimeProvider clock, ClockWatch? watch = null)
{
    private const string Service = "system";
    private readonly ClockWatch _watch = watch ?? new(clock);
    private volatile CountedPhase? _phase;

    /// <summary>What refuses an order that lets another key sign while the clock is behind what was written down.</summary>
    public static RotationOutcome.Refused RefusedByClock { get; } =
        new(AuthorityRefusal.ClockBehind, "the clock is behind the newest record, and what signs from now on would count as older than it is: set the clock");

    /// <summary>Whether the clock is behind what was written down.</summary>
    public Func<bool> ClockIsBehind { get; init; } = () => false;

    /// <summary>The active root; null before the authorities were looked at.</summary>
    public AuthorityLife? ActiveRoot => authorities.Known is { } set
        ? StoredAuthorities.Of(set).LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active })
        : null;

    /// <summary>The rotation that is under way, as this process last saw it; null where none is.</summary>
    public RotationRecord? UnderWay => authorities.Known?.Rotation is { IsUnderWay: true } rotation ? rotation : null;

    /// <summary>How the rotation stands, or what one would do that began now.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    public async Task<RotationReport> ReportAsync(CancellationToken cancellationToken)
    {
        var set = await authorities.LoadAsync(cancellationToken);
        var report = await MeasureAsync(set, cancellationToken);
        var now = clock.GetUtcNow();
        var root = StoredAuthorities.Of(set).LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active });
        return new RotationReport(
            set,
            report,
            RotationConditions.Of(set, report, settings, now),
            RotationForecast.Of(set, report, settings, now),
            set.Rotation is { IsUnderWay: true } || root is null ? null : RotationSchedule.DueAt(root, settings),
            now);
    }

    /// <summary>Begins a rotation to a root that is made here.</summary>
    public Task<RotationOutcome> BeginAsync(bool isManual, CommandContext context, CancellationToken cancellationToken) =>
        BeginAsync((set, token) => authorities.Orders.BeginAsync(set, isManual, context.Now, token), context, cancellationToken);

    /// <summary>Begins a rotation to a root that was made elsewhere.</summary>
    public Task<RotationOutcome> ImportAsync(
        SuppliedMaterial supplied, bool isManual, CommandContext context, CancellationToken cancellationToken) =>
        BeginAsync((set, token) => authorities.Orders.ImportAsync(set, supplied, isManual, context.Now, token), context, cancellationToken);

    /// <summary>Gives a root a later end, with the same key.</summary>
    public Task<RotationOutcome> RenewAsync(string id, CommandContext context, CancellationToken cancellationToken) =>
        OrderAsync((set, token) => authorities.Orders.RenewAsync(set, id, context.Now, token), context, cancellationToken);

    /// <summary>Makes a key and the request for a root elsewhere to sign.</summary>
    public Task<RotationOutcome> RequestAsync(CommandContext context, CancellationToken cancellationToken) =>
        OrderAsync((_, _) => Task.FromResult(authorities.Orders.Request(context.Now)), context, cancellationToken);

    /// <summary>Takes the intermediate that came back.</summary>
    public Task<RotationOutcome> InstallAsync(string pem, CommandContext context, CancellationToken cancellationToken) =>
        OrderAsync((set, token) => authorities.Orders.InstallAsync(set, pem, context.Now, token), context, cancellationToken);

    /// <summary>Carries out what needs no new material.</summary>
    /// <returns><see cref="RotationOutcome.Guarded"/> where it would strand somebody and <see cref="CommandContext.IsForced"/> is not set.</returns>
    public async Task<RotationOutcome> ExecuteAsync(AuthorityCommand command, CommandContext context, CancellationToken cancellationToken)
    {
        var set = await authorities.LoadAsync(cancellationToken);
        var report = await MeasureAsync(set, cancellationToken);
        if (AuthorityMachine.Decide(set, command, context) is AuthorityVerdict.Refused(var reason, var detail))
        {
            return new RotationOutcome.Refused(reason, detail);
        }

        if (!context.IsForced && command is AuthorityCommand.Activate or AuthorityCommand.Rollback && ClockIsBehind())
        {
            return RefusedByClock;
        }

        if (!context.IsForced && IsGuarded(set, command) && set.Rotation is { IsUnderWay: true } && _watch.Jump() is { } jump)
        {
            return new RotationOutcome.Refused(AuthorityRefusal.OnHold, Jumped(jump));
        }

        if (!context.IsForced && Guard(set, command, report) is { } guarded)
        {
            return guarded;
        }

        // Judged again on what is there then; a rotation that somebody else moved on meanwhile is in another phase, or another one.
        var measured = (set.Rotation?.Number, set.Rotation?.Phase);
        var outcome = await OrderAsync(
            (present, _) => Task.FromResult((present.Rotation?.Number, present.Rotation?.Phase) == measured
                ? AuthorityOrder.Of(command)
                : AuthorityOrder.Refuse(AuthorityRefusal.WrongPhase, "somebody else moved the rotation on meanwhile")),
            context with { OverdueShare = RotationPlanner.OverdueShare(report) },
            cancellationToken);
        if (outcome is RotationOutcome.Done && command is AuthorityCommand.Hold or AuthorityCommand.Resume)
        {
            _phase = null; // what failed before a halt ended is no reason for another one; both may come between two steps
        }

        return outcome;
    }

    /// <summary>
    /// Somebody else carries rotations on. A jump of the clock that was proven before one began halts none once this process takes over. While one is
    /// under way none is taken for proven: a clock that is wrong goes on as the machine counts, too, and nobody who would know was asked.
    /// </summary>
    public void StandBy()
    {
        if (authorities.Known is { Rotation: not { IsUnderWay: true } })
        {
            _watch.AcceptBelieved();
        }

        _phase = null; // somebody else counts, and may end a halt
    }

    /// <summary>Takes the step that is due, if one is: begins on schedule, activates, retires, or halts.</summary>
    /// <returns>What was done; null: nothing was due.</returns>
    public async Task<(AuthorityCommand? Command, string Reason, RotationOutcome Outcome)?> StepAsync(CancellationToken cancellationToken)
    {
        var set = await authorities.LoadAsync(cancellationToken);
        var now = clock.GetUtcNow();
        if (set.Rotation is not { IsUnderWay: true })
        {
            // No wait is under way that could end too early; but from a clock in doubt none begins: those that live might count as gone.
            _watch.AcceptBelieved();
            const string reason = "scheduled";
            return _watch.Doubt() is null && RotationSchedule.IsDue(set, settings, now)
                ? (null, reason, await BeginAsync(isManual: false, new(now, Service, reason), cancellationToken))
                : null;
        }

        if (_watch.Jump() is { } jump)
        {
            return set.Rotation.Hold is null ? await HoldAsync(jump, now, cancellationToken) : null;
        }

        var report = await MeasureAsync(set, cancellationToken);
        var (command, why) = RotationPlanner.Next(set, report, CountSince(set.Rotation), settings, now) switch
        {
            RotationStep.Activate => ((AuthorityCommand)new AuthorityCommand.Activate(), ""),
            RotationStep.Retire => (new AuthorityCommand.Retire(), ""),
            RotationStep.Hold(var trouble) => (new AuthorityCommand.Hold(IsAutomatic: true), trouble),
            _ => (null, ""),
        };
        return command is null ? null : (command, why, await ExecuteAsync(command, new(now, Service, why), cancellationToken));
    }

    // Before anything is measured: by such a clock certificates count as expired that live. Said again until the halt is durable.
    private async Task<(AuthorityCommand? Command, string Reason, RotationOutcome Outcome)?> HoldAsync(
        TimeSpan jump, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (command, reason) = (new AuthorityCommand.Hold(IsAutomatic: true), Jumped(jump));
        var outcome = await ExecuteAsync(command, new(now, Service, reason), cancellationToken);
        if (outcome is RotationOutcome.Done)
        {
            _watch.Accept(); // from here on it is the operator's word
        }

        return (command, reason, outcome);
    }

    private static string Jumped(TimeSpan jump) => string.Concat(
        "the clock jumped ahead by ",
        jump.ToString(@"d\.hh\:mm\:ss", System.Globalization.CultureInfo.InvariantCulture),
        ": what the next step waits for may not have happened; look whether it is right, then resume");

    private static bool IsGuarded(AuthoritySet set, AuthorityCommand command) => command is AuthorityCommand.Activate or AuthorityCommand.Retire
        || (command is AuthorityCommand.Revoke(var id) && !IsJwtKey(set, id));

    private static bool IsJwtKey(AuthoritySet set, string id) => JwtKeyMachine.Find(set, id) is not null;

    private RotationOutcome.Guarded? Guard(AuthoritySet set, AuthorityCommand command, FleetReport report)
    {
        var (conditions, leaving) = command switch
        {
            AuthorityCommand.Activate => (RotationConditions.Of(set, report, settings, clock.GetUtcNow()), null),
            AuthorityCommand.Retire => (RotationConditions.Of(set, report, settings, clock.GetUtcNow()), Leaving(set)),
            AuthorityCommand.Revoke(var id) when IsJwtKey(set, id) => ([], null), // no certificate hangs on it; of its tokens the machine knows
            AuthorityCommand.Revoke(var id) => (RotationConditions.OfRevocation(set, id, report), id),
            _ => ([], default(string)),
        };
        var unmet = conditions.Where(condition => !condition.IsMet).ToList();
        return unmet.Count == 0 ? null : new(unmet, report, leaving is null ? 0 : Stranded(set, leaving, report));
    }

    private static string Leaving(AuthoritySet set) => set.Rotation switch
    {
        { Phase: RotationPhase.Withdrawing } rotation => rotation.NewRoot,
        { } rotation => rotation.OldRoot,
        null => "",
    };

    private static long Stranded(AuthoritySet set, string root, FleetReport report) => RotationConditions.LeavesUnder(set, root, report).Live;

    // Who was late before is not late because of it.
    private async Task<RotationOutcome> BeginAsync(
        Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>> prepare, CommandContext context, CancellationToken cancellationToken)
    {
        var report = await MeasureAsync(await authorities.LoadAsync(cancellationToken), cancellationToken);
        return await OrderAsync(prepare, context with { OverdueShare = RotationPlanner.OverdueShare(report) }, cancellationToken);
    }

    private async Task<RotationOutcome> OrderAsync(
        Func<AuthoritySet, CancellationToken, Task<AuthorityOrder>> prepare, CommandContext context, CancellationToken cancellationToken) =>
        await authorities.ExecuteAsync(prepare, context, cancellationToken) switch
        {
            CommandOutcome.Done(var set) => new RotationOutcome.Done(set),
            CommandOutcome.Refused(var reason, var detail) => new RotationOutcome.Refused(reason, detail),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private ValueTask<FleetReport> MeasureAsync(AuthoritySet set, CancellationToken cancellationToken) => fleet.MeasureAsync(
        (long)(set.Rotation is { IsUnderWay: true } rotation ? rotation.TargetSequence : set.BundleSequence), cancellationToken);

    // The worker alone counts, one step at a time; orders begin the count anew, and so does a halt that somebody else ends.
    private IssuanceCount CountSince(RotationRecord rotation)
    {
        var count = issuance();
        var present = new CountedPhase(rotation.Number, rotation.Phase, rotation.Hold is not null, count);
        var phase = _phase;
        if (phase is null || phase with { Count = count } != present)
        {
            _phase = phase = present;
        }

        return new(count.Issued - phase.Count.Issued, count.Failed - phase.Count.Failed);
    }

    /// <summary>How issuing stood when a phase began, or its halt, or when that ended.</summary>
    private sealed record CountedPhase(ulong Number, RotationPhase Phase, bool IsHeld, IssuanceCount Count);
}
