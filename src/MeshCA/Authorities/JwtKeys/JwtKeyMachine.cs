using MeshCA.Cryptography;

namespace MeshCA.Authorities.JwtKeys;

/// <summary>The life of JWT keys: which act is possible when, and the one transaction it becomes. Pure; a part of <see cref="AuthorityMachine"/>.</summary>
/// <remarks>
/// A key is prepared, active, old, retired; at most one is active and at most one prepared. Every step changes the bundle's sequence:
/// what verifiers may believe, or what they are told of it, is another thing afterwards.
/// </remarks>
internal static class JwtKeyMachine
{
    /// <summary>A new key takes its place: as the next one, or at once where no other can sign.</summary>
    public static AuthorityVerdict Add(AuthoritySet set, AuthorityCommand.AddJwtKey command, CommandContext context)
    {
        var (record, key) = (command.Key.Record, command.Key.Key);
        if (set.Authorities.Any(a => a.Id == record.Id))
        {
            return Refused(AuthorityRefusal.AlreadyThere, $"there is an authority `{record.Id}` already");
        }

        var moved = new Dictionary<string, AuthorityState>();
        foreach (var other in Keys(set))
        {
            if (other.State == AuthorityState.Active && record.State == AuthorityState.Active)
            {
                moved[other.Id] = AuthorityState.Old;
            }
            else if (other.State == AuthorityState.Prepared && record.State == AuthorityState.Prepared)
            {
                // It never signed anything.
                moved[other.Id] = AuthorityState.Retired;
            }
        }

        return Permitted(set, context, record.State == AuthorityState.Active ? "jwt-key.created" : "jwt-key.prepared", record.Id, Named(moved), change => change with
        {
            Added = [record],
            KeysToSeal = key is null ? [] : new Dictionary<string, Pkcs8PrivateKey> { [record.Id] = key },
            Moved = moved,
        });
    }

    /// <summary>The prepared key signs from now on.</summary>
    public static AuthorityVerdict Activate(AuthoritySet set, AuthorityCommand.ActivateJwtKey command, CommandContext context)
    {
        var next = command.Id is { } id ? Find(set, id) : Keys(set).LastOrDefault(key => key.State == AuthorityState.Prepared);
        if (next is null)
        {
            return Refused(AuthorityRefusal.UnknownAuthority, command.Id is null ? "no JWT key is prepared" : $"there is no JWT key `{command.Id}`");
        }

        if (next.State != AuthorityState.Prepared)
        {
            return Refused(AuthorityRefusal.WrongPhase, $"the JWT key `{next.Id}` is not prepared");
        }

        if (next.TaintedAt is not null)
        {
            return Refused(AuthorityRefusal.WouldActivateTainted, $"the JWT key `{next.Id}` was declared compromised");
        }

        var ready = (next.StateSince ?? next.CreatedAt) + command.Propagation;
        if (context.Now < ready && !context.IsForced)
        {
            return Refused(AuthorityRefusal.NotDistributed, $"the JWT key `{next.Id}` is not published for long enough before {ready:u}: some verifiers do not know it");
        }

        return Permitted(set, context, "jwt-key.activated", next.Id, "", change => change with { Moved = HandOver(set, next.Id) });
    }

    /// <summary>Keys leave the bundle: one whose last token has ended, or all where no tokens are issued any more.</summary>
    public static AuthorityVerdict Retire(AuthoritySet set, AuthorityCommand.RetireJwtKeys command, CommandContext context)
    {
        var leaving = Keys(set).Where(key => command.Ids.Contains(key.Id) && IsInUse(key)).ToList();
        if (leaving.Count == 0)
        {
            return Refused(AuthorityRefusal.OutOfUse, "the JWT keys are out of use already");
        }

        var early = leaving.Find(key => !command.IsWithdrawal && (key.State != AuthorityState.Old || JwtKeyLife.Of(key).LastTokenEnds > context.Now));
        return early is not null
            ? Refused(AuthorityRefusal.IsActive, $"tokens of the JWT key `{early.Id}` may still be valid")
            : Permitted(set, context, command.IsWithdrawal ? "jwt-key.withdrawn" : "jwt-key.retired", leaving[^1].Id, leaving.Count > 1 ? $"and {leaving.Count - 1} more" : "", change => change with
            {
                Moved = leaving.ToDictionary(key => key.Id, _ => AuthorityState.Retired),
            });
    }

    /// <summary>A key is declared compromised; where it signs, the prepared one takes over in the same step.</summary>
    public static AuthorityVerdict Taint(AuthoritySet set, AuthorityRecord key, CommandContext context)
    {
        if (!IsInUse(key))
        {
            return Refused(AuthorityRefusal.OutOfUse, $"`{key.Id}` is out of use: nothing that it signed is accepted any more");
        }

        if (key.TaintedAt is not null)
        {
            return Refused(AuthorityRefusal.AlreadyTainted, $"`{key.Id}` was declared compromised before");
        }

        // Where none is prepared the tainted one stays for the moment until the planner has made another.
        var next = Keys(set).LastOrDefault(other => other is { State: AuthorityState.Prepared, TaintedAt: null });
        var moved = (key.State, next) switch
        {
            (AuthorityState.Active, { } ready) => HandOver(set, ready.Id),

            // Never signed anything, and never will.
            (AuthorityState.Prepared, _) => new() { [key.Id] = AuthorityState.Revoked },
            _ => [],
        };
        return Permitted(set, context, "jwt-key.tainted", key.Id, key.State == AuthorityState.Active && next is not null ? $"{next.Id} signs" : "", change => change with
        {
            Tainted = [key.Id],
            Moved = moved,
        });
    }

    /// <summary>A key leaves the bundle for good: its tokens are refused as soon as verifiers have the next bundle.</summary>
    public static AuthorityVerdict Revoke(AuthoritySet set, AuthorityRecord key, CommandContext context) => key switch
    {
        { State: AuthorityState.Revoked } => Refused(AuthorityRefusal.OutOfUse, $"`{key.Id}` is revoked already"),
        { State: AuthorityState.Retired } => Refused(AuthorityRefusal.OutOfUse, $"`{key.Id}` is out of the bundle already"),
        { State: AuthorityState.Active } => Refused(AuthorityRefusal.IsActive, $"`{key.Id}` signs: taint it first, and the next key takes over"),
        { State: AuthorityState.Old, TaintedAt: null } when !context.IsForced && JwtKeyLife.Of(key).LastTokenEnds is { } end && end > context.Now =>
            Refused(AuthorityRefusal.NotTainted, $"tokens of `{key.Id}` may be valid until {end:u}: taint it first, so that who holds one gets another"),
        _ => Permitted(set, context, "jwt-key.revoked", key.Id, "", change => change with
        {
            Moved = new Dictionary<string, AuthorityState> { [key.Id] = AuthorityState.Revoked },
        }),
    };

    /// <summary>Finds a JWT key.</summary>
    public static AuthorityRecord? Find(AuthoritySet set, string id) => Keys(set).FirstOrDefault(key => key.Id == id);

    private static IEnumerable<AuthorityRecord> Keys(AuthoritySet set) => set.Authorities.Where(a => a.Kind == AuthorityKind.JwtKey);

    private static bool IsInUse(AuthorityRecord key) => key.State is AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old;

    private static Dictionary<string, AuthorityState> HandOver(AuthoritySet set, string next)
    {
        var moved = Keys(set).Where(key => key.State == AuthorityState.Active).ToDictionary(key => key.Id, _ => AuthorityState.Old);
        moved[next] = AuthorityState.Active;
        return moved;
    }

    private static string Named(Dictionary<string, AuthorityState> moved) =>
        moved.Count == 0 ? "" : $"in the place of {string.Join(", ", moved.Keys)}";

    private static AuthorityVerdict.Refused Refused(AuthorityRefusal reason, string detail) => new(reason, detail);

    private static AuthorityVerdict.Permitted Permitted(
        AuthoritySet set, CommandContext context, string action, string target, string detail, Func<AuthorityChange, AuthorityChange> complete) =>
        new(complete(new AuthorityChange { ExpectedRevision = set.Revision, ChangesBundle = true, Audit = context.ToAudit(action, target, detail) }));
}
