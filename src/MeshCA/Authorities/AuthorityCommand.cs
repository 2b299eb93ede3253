using MeshCA.Auditing;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace MeshCA.Authorities;

/// <summary>An act on the authorities that somebody orders, or that a rotation's plan has come to.</summary>
internal abstract record AuthorityCommand
{
    private AuthorityCommand()
    {
    }

    /// <summary>Put a new root into the trust bundle, with what lets verifiers that know only the present one accept it.</summary>
    /// <param name="Root">The new root.</param>
    /// <param name="Cross">Its key certified by the present root; null where nobody can sign that.</param>
    /// <param name="IsManual">Whether each later step waits for a command.</param>
    internal sealed record Begin(AuthorityMaterial Root, AuthorityMaterial? Cross, bool IsManual) : AuthorityCommand;

    /// <summary>Let the new root sign.</summary>
    internal sealed record Activate : AuthorityCommand;

    /// <summary>Take the root that no longer signs out of the trust bundle, and so end the rotation.</summary>
    internal sealed record Retire : AuthorityCommand;

    /// <summary>Let the old root sign again, and the new one leave.</summary>
    internal sealed record Rollback : AuthorityCommand;

    /// <summary>Halt the rotation.</summary>
    internal sealed record Hold(bool IsAutomatic) : AuthorityCommand;

    /// <summary>Let the rotation go on.</summary>
    internal sealed record Resume : AuthorityCommand;

    /// <summary>Declare an authority's key compromised: what it signed is to be replaced at once.</summary>
    internal sealed record Taint(string Id) : AuthorityCommand;

    /// <summary>Take a root out of the trust bundle for good, with all that stands under it.</summary>
    internal sealed record Revoke(string Id) : AuthorityCommand;

    /// <summary>Give a root a certificate with a later end, for the same key, name and key identifier.</summary>
    internal sealed record Renew(string Id, AuthorityMaterial Root) : AuthorityCommand;

    /// <summary>Keep a key for which a root elsewhere will sign an intermediate.</summary>
    internal sealed record AddRequest(AuthorityMaterial Request) : AuthorityCommand;

    /// <summary>Take the intermediate that came back.</summary>
    /// <param name="Intermediate">It, with the key of the request.</param>
    /// <param name="RequestId">The request it answers.</param>
    internal sealed record Install(AuthorityMaterial Intermediate, string RequestId) : AuthorityCommand;

    /// <summary>Publish a new JWT key: prepared in the place of one that is, or active where no other can sign.</summary>
    internal sealed record AddJwtKey(AuthorityMaterial Key) : AuthorityCommand;

    /// <summary>Let a prepared JWT key sign.</summary>
    /// <param name="Id">Which; null: the one that is prepared.</param>
    /// <param name="Propagation">For how long it must have been published, where nobody forces it.</param>
    internal sealed record ActivateJwtKey(string? Id, TimeSpan Propagation) : AuthorityCommand;

    /// <summary>Take JWT keys out of the bundle.</summary>
    /// <param name="Ids">Which.</param>
    /// <param name="IsWithdrawal">Whether no JWT-SVIDs are issued any more; else they must be past their last tokens.</param>
    internal sealed record RetireJwtKeys(IReadOnlyList<string> Ids, bool IsWithdrawal) : AuthorityCommand;
}

/// <summary>What a new or renewed authority brings: its record, and where we made it its key and journal record.</summary>
/// <param name="Record">The record.</param>
/// <param name="Key">The private key; null where it lives elsewhere. Stays the caller's.</param>
/// <param name="Issued">The journal record; null where somebody else signed it.</param>
internal sealed record AuthorityMaterial(AuthorityRecord Record, Pkcs8PrivateKey? Key = null, IssuanceRecord? Issued = null)
{
    /// <summary>Of an authority made here.</summary>
    public static AuthorityMaterial Of(NewAuthority made) => new(made.Record, made.PrivateKey, made.Issued);
}

/// <summary>Who orders, when and why.</summary>
/// <param name="Now">The time.</param>
/// <param name="Actor">For the audit.</param>
/// <param name="Reason">In the actor's words; empty where none is needed.</param>
/// <param name="IsForced">Whether the measured guards were overridden.</param>
internal sealed record CommandContext(DateTimeOffset Now, string Actor, string Reason = "", bool IsForced = false)
{
    /// <summary>Share of holders late with their renewal, kept with a new phase to hold later lag against.</summary>
    public double OverdueShare { get; init; }

    /// <summary>What the audit says of an act that is done.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="target">To which authority.</param>
    /// <param name="detail">More of it; empty: nothing.</param>
    public AuditEvent ToAudit(string action, string target, string detail)
    {
        var why = Reason.Length > 0 ? $"{(IsForced ? "forced: " : "")}{Reason}" : "";
        return new AuditEvent
        {
            Time = Now,
            Action = action,
            Actor = Actor,
            Target = target,
            Outcome = "ok",
            Detail = string.Join("; ", new[] { detail, why }.Where(text => text.Length > 0)),
        };
    }
}

/// <summary>Why a command is refused whatever the measurements say.</summary>
internal enum AuthorityRefusal
{
    /// <summary>A rotation is under way; one at a time, since path lengths leave room for one cross-certificate.</summary>
    RotationUnderWay,

    /// <summary>No rotation is under way.</summary>
    NoRotation,

    /// <summary>The rotation is in a phase that does not know this step.</summary>
    WrongPhase,

    /// <summary>The rotation is halted.</summary>
    OnHold,

    /// <summary>The rotation is not halted.</summary>
    NotOnHold,

    /// <summary>There is no active root to begin from.</summary>
    NoActiveRoot,

    /// <summary>There is no authority of that id, or not of the kind that is meant.</summary>
    UnknownAuthority,

    /// <summary>The authority is there already.</summary>
    AlreadyThere,

    /// <summary>The active root signs: rotate to another first.</summary>
    IsActive,

    /// <summary>The authority is out of use already.</summary>
    OutOfUse,

    /// <summary>It was declared compromised before.</summary>
    AlreadyTainted,

    /// <summary>The root's key is not here and no intermediate under it is installed, so nothing could be issued.</summary>
    CannotSign,

    /// <summary>A root declared compromised would become active.</summary>
    WouldActivateTainted,

    /// <summary>A root whose validity is over would sign.</summary>
    Expired,

    /// <summary>What was supplied cannot be used.</summary>
    Unusable,

    /// <summary>The JWT key was not published for long enough to sign.</summary>
    NotDistributed,

    /// <summary>Tokens of the JWT key may be valid, and nobody was told to replace them.</summary>
    NotTainted,

    /// <summary>Others kept changing the authorities meanwhile.</summary>
    Outrun,

    /// <summary>The clock is behind what was written down: times would begin too early.</summary>
    ClockBehind,
}

/// <summary>What becomes of a command.</summary>
internal abstract record AuthorityVerdict
{
    private AuthorityVerdict()
    {
    }

    /// <summary>This is what to write.</summary>
    internal sealed record Permitted(AuthorityChange Change) : AuthorityVerdict;

    /// <summary>It is refused.</summary>
    /// <param name="Reason">The rule.</param>
    /// <param name="Detail">For people: lower case, no period.</param>
    internal sealed record Refused(AuthorityRefusal Reason, string Detail) : AuthorityVerdict;
}
