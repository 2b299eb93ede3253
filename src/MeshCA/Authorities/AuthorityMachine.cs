using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace MeshCA.Authorities;

/// <summary>The life of roots as a state machine: which command is possible when, and the one transaction it becomes. Pure.</summary>
/// <remarks>
/// A root is prepared, active, old, retired; each step is one change with its audit record, so a crash falls between steps and
/// never inside one. Whether a step strands somebody is measured elsewhere (<c>RotationGuard</c>): here stands what no
/// measurement makes right.
/// </remarks>
internal static class AuthorityMachine
{
    /// <summary>Decides.</summary>
    /// <param name="set">The authorities.</param>
    /// <param name="command">What is ordered.</param>
    /// <param name="context">By whom, when, why.</param>
    public static AuthorityVerdict Decide(AuthoritySet set, AuthorityCommand command, CommandContext context) => command switch
    {
        AuthorityCommand.Begin begin => Begin(set, begin, context),
        AuthorityCommand.Activate => Activate(set, context),
        AuthorityCommand.Retire => Retire(set, context),
        AuthorityCommand.Rollback => Rollback(set, context),
        AuthorityCommand.Hold hold => Hold(set, hold, context),
        AuthorityCommand.Resume => Resume(set, context),
        AuthorityCommand.Taint(var id) when JwtKeyMachine.Find(set, id) is { } key => JwtKeyMachine.Taint(set, key, context),
        AuthorityCommand.Revoke(var id) when JwtKeyMachine.Find(set, id) is { } key => JwtKeyMachine.Revoke(set, key, context),
        AuthorityCommand.Taint taint => Taint(set, taint.Id, context),
        AuthorityCommand.Revoke revoke => Revoke(set, revoke.Id, context),
        AuthorityCommand.Renew renew => Renew(set, renew, context),
        AuthorityCommand.AddRequest add => AddRequest(set, add, context),
        AuthorityCommand.Install install => Install(set, install, context),
        AuthorityCommand.AddJwtKey add => JwtKeyMachine.Add(set, add, context),
        AuthorityCommand.ActivateJwtKey activate => JwtKeyMachine.Activate(set, activate, context),
        AuthorityCommand.RetireJwtKeys retire => JwtKeyMachine.Retire(set, retire, context),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static AuthorityVerdict Begin(AuthoritySet set, AuthorityCommand.Begin command, CommandContext context)
    {
        if (set.Rotation is { IsUnderWay: true } present)
        {
            return Refused(AuthorityRefusal.RotationUnderWay, $"rotation {present.Number} is under way; one at a time");
        }

        if (ActiveRoot(set) is not { } old)
        {
            return Refused(AuthorityRefusal.NoActiveRoot, "there is no active root to rotate from");
        }

        if (Find(set, command.Root.Record.Id) is not null)
        {
            return Refused(AuthorityRefusal.AlreadyThere, $"there is an authority `{command.Root.Record.Id}` already");
        }

        var number = (set.Rotation?.Number ?? 0) + 1;
        var root = command.Root.Record with { State = AuthorityState.Prepared };
        var detail = $"rotation {number} from {old.Id}{(command.Cross is null ? ", without a cross-certificate" : "")}";
        return Permitted(set, context, "rotation.begun", root.Id, detail, change => change with
        {
            Added = [root, .. command.Cross is { } cross ? [cross.Record] : Array.Empty<AuthorityRecord>()],
            KeysToSeal = KeysOf(root.Id, command.Root.Key),
            Issued = [.. new[] { command.Root.Issued, command.Cross?.Issued }.OfType<IssuanceRecord>()],
            ChangesBundle = true,
            Rotation = new RotationRecord
            {
                Number = number,
                Phase = RotationPhase.Distributing,
                OldRoot = old.Id,
                NewRoot = root.Id,
                StartedAt = context.Now,
                PhaseSince = context.Now,
                Actor = context.Actor,
                Reason = context.Reason,
                IsManual = command.IsManual,
                TargetSequence = set.Revision + 1,
                OverdueShare = context.OverdueShare,
            },
        });
    }

    private static AuthorityVerdict Activate(AuthoritySet set, CommandContext context)
    {
        if (Refusal(set, context, RotationPhase.Distributing) is { } refusal)
        {
            return refusal;
        }

        var rotation = set.Rotation!; // the check above found it
        var root = Find(set, rotation.NewRoot);
        if (root is not { State: AuthorityState.Prepared })
        {
            return Refused(AuthorityRefusal.UnknownAuthority, $"the new root `{rotation.NewRoot}` is not prepared any more");
        }

        if (root.TaintedAt is not null)
        {
            return Refused(AuthorityRefusal.WouldActivateTainted, $"the new root `{root.Id}` was declared compromised; roll back");
        }

        if (IsOver(root, context))
        {
            return Refused(AuthorityRefusal.Expired, $"the new root `{root.Id}` has expired; roll back");
        }

        var ready = Signers(set, root.Id, AuthorityState.Prepared).LastOrDefault(signer => !IsOver(signer, context));
        if (!root.HasKey && ready is null)
        {
            return Refused(
                AuthorityRefusal.CannotSign, $"the key of `{root.Id}` is not here, and no intermediate under it is installed");
        }

        return Permitted(set, context, "root.activated", root.Id, $"rotation {rotation.Number}", change => change with
        {
            Moved = HandOver(set, (rotation.OldRoot, AuthorityState.Old), root.Id, ready),
            Rotation = Next(rotation, RotationPhase.Draining, context),
        });
    }

    private static AuthorityVerdict Retire(AuthoritySet set, CommandContext context)
    {
        if (Refusal(set, context, RotationPhase.Draining, RotationPhase.Withdrawing) is { } refusal)
        {
            return refusal;
        }

        var rotation = set.Rotation!; // the check above found it
        var isDraining = rotation.Phase == RotationPhase.Draining;
        var leaving = isDraining ? rotation.OldRoot : rotation.NewRoot;
        if (ActiveRoot(set) is not { } active || active.Id == leaving)
        {
            return Refused(AuthorityRefusal.IsActive, $"the root `{leaving}` still signs");
        }

        // The planner makes the next root's intermediate first; until then the old one's is what signs.
        if (Signing(set).Any(signer => signer.Issuer == leaving))
        {
            return Refused(AuthorityRefusal.IsActive, $"an intermediate under `{leaving}` still signs");
        }

        var moved = Under(set, leaving).ToDictionary(authority => authority.Id, _ => AuthorityState.Retired);
        if (Find(set, leaving) is { IsPublished: true })
        {
            moved[leaving] = AuthorityState.Retired;
        }

        return Permitted(set, context, "root.retired", leaving, $"rotation {rotation.Number}", change => change with
        {
            Moved = moved,
            ChangesBundle = moved.ContainsKey(leaving),
            Rotation = Next(rotation, isDraining ? RotationPhase.Completed : RotationPhase.RolledBack, context),
        });
    }

    private static AuthorityVerdict Rollback(AuthoritySet set, CommandContext context)
    {
        if (set.Rotation is not { IsUnderWay: true } rotation)
        {
            return Refused(AuthorityRefusal.NoRotation, "no rotation is under way");
        }

        if (rotation.Phase == RotationPhase.Withdrawing)
        {
            return Refused(AuthorityRefusal.WrongPhase, "the rotation is being taken back already");
        }

        if (Find(set, rotation.OldRoot) is not { IsPublished: true } old)
        {
            return Refused(AuthorityRefusal.OutOfUse, $"the previous root `{rotation.OldRoot}` is out of the trust bundle: rotate again instead");
        }

        if (old.TaintedAt is not null && !context.IsForced)
        {
            return Refused(AuthorityRefusal.WouldActivateTainted, $"the previous root `{old.Id}` was declared compromised");
        }

        if (IsOver(old, context))
        {
            return Refused(AuthorityRefusal.Expired, $"the previous root `{old.Id}` has expired: rotate again instead");
        }

        var moved = new Dictionary<string, AuthorityState>();
        if (rotation.Phase == RotationPhase.Draining)
        {
            var ready = Signers(set, old.Id, AuthorityState.Old, AuthorityState.Prepared)
                    .LastOrDefault(signer => signer.TaintedAt is null && !IsOver(signer, context))
                ?? Signing(set).LastOrDefault(signer => signer.Issuer == old.Id);
            if (!old.HasKey && ready is null)
            {
                return Refused(AuthorityRefusal.CannotSign, $"the key of `{old.Id}` is not here, and no intermediate under it is left");
            }

            moved = HandOver(set, (rotation.NewRoot, AuthorityState.Prepared), old.Id, ready);
        }

        return Permitted(set, context, "rotation.rolled-back", rotation.NewRoot, $"rotation {rotation.Number}", change => change with
        {
            Moved = moved,
            Rotation = Next(rotation, RotationPhase.Withdrawing, context),
        });
    }

    private static AuthorityVerdict Hold(AuthoritySet set, AuthorityCommand.Hold command, CommandContext context) => set.Rotation switch
    {
        not { IsUnderWay: true } => Refused(AuthorityRefusal.NoRotation, "no rotation is under way"),
        { Hold: not null } => Refused(AuthorityRefusal.OnHold, "the rotation is halted already"),
        { } rotation => Permitted(set, context, "rotation.held", rotation.NewRoot, $"rotation {rotation.Number}", change => change with
        {
            Rotation = rotation with { Hold = new RotationHold(context.Reason, context.Actor, context.Now, command.IsAutomatic) },
        }),
    };

    // What was late when the operator said `go on` is late by their leave.
    private static AuthorityVerdict Resume(AuthoritySet set, CommandContext context) => set.Rotation switch
    {
        not { IsUnderWay: true } => Refused(AuthorityRefusal.NoRotation, "no rotation is under way"),
        { Hold: null } => Refused(AuthorityRefusal.NotOnHold, "the rotation is not halted"),
        { } rotation => Permitted(set, context, "rotation.resumed", rotation.NewRoot, $"rotation {rotation.Number}", change => change with
        {
            Rotation = rotation with { Hold = null, OverdueShare = context.OverdueShare },
        }),
    };

    private static AuthorityVerdict Taint(AuthoritySet set, string id, CommandContext context) => Find(set, id) switch
    {
        not { Kind: AuthorityKind.Root or AuthorityKind.Intermediate } =>
            Refused(AuthorityRefusal.UnknownAuthority, $"there is no root, intermediate or JWT key `{id}`"),
        { State: AuthorityState.Retired or AuthorityState.Revoked } =>
            Refused(AuthorityRefusal.OutOfUse, $"`{id}` is out of use: nothing under it is accepted any more"),
        { Kind: AuthorityKind.Root, State: AuthorityState.Active } =>
            Refused(AuthorityRefusal.IsActive, $"`{id}` is the active root: rotate first, then taint it"),
        { TaintedAt: not null } => Refused(AuthorityRefusal.AlreadyTainted, $"`{id}` was declared compromised before"),

        // Who renewed at once would be given another certificate of the same signer, for ever.
        { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active } when ActiveRoot(set) is not { HasKey: true } =>
            Refused(AuthorityRefusal.CannotSign, $"`{id}` signs, and its root's key is not here: install the next intermediate first, then taint it"),
        _ => Permitted(set, context, "authority.tainted", id, "", change => change with
        {
            // All that stands under a root is as little to be trusted.
            Tainted = [id, .. Under(set, id).Where(a => a.TaintedAt is null).Select(a => a.Id)],
            ChangesBundle = true, // consumers learn of it with the bundle, which says which keys are tainted
        }),
    };

    private static AuthorityVerdict Revoke(AuthoritySet set, string id, CommandContext context)
    {
        switch (Find(set, id))
        {
            case not { Kind: AuthorityKind.Root }:
                return Refused(AuthorityRefusal.UnknownAuthority, $"there is no root or JWT key `{id}`");
            case { State: AuthorityState.Revoked }:
                return Refused(AuthorityRefusal.OutOfUse, $"`{id}` is revoked already");
            case { State: AuthorityState.Active }:
                return Refused(AuthorityRefusal.IsActive, $"`{id}` is the active root: rotate first, then revoke it");
        }

        var rotation = set.Rotation is { IsUnderWay: true } present ? present : null;
        if (Signing(set).Any(signer => signer.Issuer == id))
        {
            return Refused(AuthorityRefusal.IsActive, $"an intermediate under `{id}` still signs");
        }

        var moved = Under(set, id).ToDictionary(authority => authority.Id, _ => AuthorityState.Revoked);
        var wasPublished = Find(set, id)!.IsPublished; // found above
        moved[id] = AuthorityState.Revoked;
        return Permitted(set, context, "root.revoked", id, "", change => change with
        {
            Moved = moved,
            ChangesBundle = wasPublished,
            Rotation = rotation switch
            {
                { Phase: RotationPhase.Draining } when rotation.OldRoot == id => Next(rotation, RotationPhase.Completed, context),
                { } when rotation.NewRoot == id => Next(rotation, RotationPhase.RolledBack, context),
                _ => null,
            },
        });
    }

    private static AuthorityVerdict Renew(AuthoritySet set, AuthorityCommand.Renew command, CommandContext context) => Find(set, command.Id) switch
    {
        not { Kind: AuthorityKind.Root } => Refused(AuthorityRefusal.UnknownAuthority, $"there is no root `{command.Id}`"),
        { IsPublished: false } => Refused(AuthorityRefusal.OutOfUse, $"`{command.Id}` is out of the trust bundle"),
        { TaintedAt: not null } => Refused(AuthorityRefusal.AlreadyTainted, $"`{command.Id}` was declared compromised: rotate, do not renew"),
        { } root when CertificateEnd.Of(command.Root.Record.Certificate) is var end && end <= CertificateEnd.Of(root.Certificate) =>
            Refused(AuthorityRefusal.Unusable, $"renewed for Authorities:RootLifetime, `{command.Id}` would end at {end:u}, no later than it does"),
        _ => Permitted(set, context, "root.renewed", command.Id, "same key, same key identifier", change => change with
        {
            Renewed = new Dictionary<string, ReadOnlyMemory<byte>> { [command.Id] = command.Root.Record.Certificate },
            KeysToSeal = KeysOf(command.Id, command.Root.Key),
            Issued = [.. new[] { command.Root.Issued }.OfType<IssuanceRecord>()],
            ChangesBundle = true,
        }),
    };

    private static AuthorityVerdict.Permitted AddRequest(AuthoritySet set, AuthorityCommand.AddRequest command, CommandContext context) =>
        Permitted(set, context, "authority.requested", command.Request.Record.Id, "", change => change with
        {
            // One at a time: a request nobody answers any more must not leave a key lying about in use.
            Moved = set.Authorities.Where(a => a is { Kind: AuthorityKind.Request, State: AuthorityState.Prepared })
                .ToDictionary(a => a.Id, _ => AuthorityState.Retired),
            Added = [command.Request.Record],
            KeysToSeal = KeysOf(command.Request.Record.Id, command.Request.Key),
        });

    private static AuthorityVerdict Install(AuthoritySet set, AuthorityCommand.Install command, CommandContext context)
    {
        var record = command.Intermediate.Record;
        if (Find(set, command.RequestId) is not { Kind: AuthorityKind.Request, State: AuthorityState.Prepared })
        {
            return Refused(AuthorityRefusal.UnknownAuthority, $"no request `{command.RequestId}` waits for an intermediate");
        }

        if (Find(set, record.Id) is not null)
        {
            return Refused(AuthorityRefusal.AlreadyThere, $"there is an authority `{record.Id}` already");
        }

        if (Find(set, record.Issuer) is not { Kind: AuthorityKind.Root, IsPublished: true } root)
        {
            return Refused(AuthorityRefusal.UnknownAuthority, $"the root `{record.Issuer}` that signed it is not in the trust bundle");
        }

        var isActive = root.State == AuthorityState.Active;
        var moved = isActive ? Signing(set).ToDictionary(signer => signer.Id, _ => AuthorityState.Old) : [];
        moved[command.RequestId] = AuthorityState.Retired;
        return Permitted(set, context, "intermediate.installed", record.Id, $"under {root.Id}", change => change with
        {
            Added = [record with { State = isActive ? AuthorityState.Active : AuthorityState.Prepared }],
            KeysToSeal = KeysOf(record.Id, command.Intermediate.Key),
            Moved = moved,
        });
    }

    private static AuthorityVerdict.Refused? Refusal(AuthoritySet set, CommandContext context, params ReadOnlySpan<RotationPhase> phases)
    {
        if (set.Rotation is not { IsUnderWay: true } rotation)
        {
            return Refused(AuthorityRefusal.NoRotation, "no rotation is under way");
        }

        if (!phases.Contains(rotation.Phase))
        {
            return Refused(AuthorityRefusal.WrongPhase, $"rotation {rotation.Number} is in phase {rotation.Phase}");
        }

        return rotation.Hold is { } hold && !context.IsForced
            ? Refused(AuthorityRefusal.OnHold, $"rotation {rotation.Number} is halted: {hold.Reason}")
            : null;
    }

    // Where no intermediate of the next root is ready, the present one signs until the planner has made one, a moment later.
    private static Dictionary<string, AuthorityState> HandOver(
        AuthoritySet set, (string Id, AuthorityState State) from, string to, AuthorityRecord? ready)
    {
        var moved = new Dictionary<string, AuthorityState> { [from.Id] = from.State, [to] = AuthorityState.Active };
        if (ready is { State: not AuthorityState.Active })
        {
            Signing(set).ToList().ForEach(signer => moved[signer.Id] = AuthorityState.Old);
            moved[ready.Id] = AuthorityState.Active;
        }

        return moved;
    }

    private static AuthorityVerdict.Refused Refused(AuthorityRefusal reason, string detail) => new(reason, detail);

    private static AuthorityVerdict.Permitted Permitted(
        AuthoritySet set, CommandContext context, string action, string target, string detail, Func<AuthorityChange, AuthorityChange> complete) =>
        new(complete(new AuthorityChange { ExpectedRevision = set.Revision, ChangesBundle = false, Audit = context.ToAudit(action, target, detail) }));

    private static RotationRecord Next(RotationRecord rotation, RotationPhase phase, CommandContext context) => rotation with
    {
        Phase = phase,
        PhaseSince = context.Now,
        Hold = null,
        OverdueShare = context.OverdueShare,
    };

    private static Dictionary<string, Pkcs8PrivateKey> KeysOf(string id, Pkcs8PrivateKey? key) =>
        key is null ? [] : new() { [id] = key };

    private static AuthorityRecord? Find(AuthoritySet set, string id) => set.Authorities.FirstOrDefault(a => a.Id == id);

    private static AuthorityRecord? ActiveRoot(AuthoritySet set) =>
        set.Authorities.LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active });

    private static IEnumerable<AuthorityRecord> Signing(AuthoritySet set) =>
        set.Authorities.Where(a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });

    private static IEnumerable<AuthorityRecord> Signers(AuthoritySet set, string root, params IReadOnlyList<AuthorityState> states) =>
        set.Authorities.Where(a => a.Kind == AuthorityKind.Intermediate && states.Contains(a.State) && a.Issuer == root);

    private static bool IsOver(AuthorityRecord authority, CommandContext context) => CertificateEnd.Of(authority.Certificate) <= context.Now;

    // Intermediates and cross-certificates that a root signed and that are still about; also those that certify its key.
    private static IEnumerable<AuthorityRecord> Under(AuthoritySet set, string root) => set.Authorities.Where(a =>
        a.State is not (AuthorityState.Retired or AuthorityState.Revoked)
        && a.Kind switch
        {
            AuthorityKind.Intermediate => a.Issuer == root,
            AuthorityKind.Cross => a.Issuer == root || AuthorityIds.SubjectOfCross(a.Id) == root,
            _ => false,
        });
}
