using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Registers;

namespace MeshCA.Revocations;

/// <summary>A revocation as it is ordered, its subject checked.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">The SPIFFE ID, serial number, hash of a key or authority id, in its one form.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Actor">Who orders it.</param>
internal sealed record RevocationOrder(RevocationKind Kind, string Subject, string Reason, string Actor)
{
    /// <summary>Why, for lists.</summary>
    public RevocationCode Code { get; init; }

    /// <summary>When a ban ends by itself; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The authority on whose list it belongs; empty: on none.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>The serial number that the list names.</summary>
    public SerialNumber Serial { get; init; }

    /// <summary>End of the certificate's validity.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The revocation of a key that brings this one; 0: none.</summary>
    public long Cause { get; init; }
}

/// <summary>What a change would make of what is kept.</summary>
internal abstract record RevocationPlan
{
    private RevocationPlan()
    {
    }

    /// <summary>It can be done.</summary>
    /// <param name="Next">What is to be kept then; its revision is the register's to set.</param>
    /// <param name="Subjects">The revocations that come or go.</param>
    /// <param name="Audit">What to write in the audit with it.</param>
    internal sealed record Planned(StoredRevocations Next, IReadOnlyList<Revocation> Subjects, IReadOnlyList<AuditEvent> Audit)
        : RevocationPlan, IPlannedChange<StoredRevocations>;

    /// <summary>It cannot.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Detail">For people.</param>
    internal sealed record Refused(RevocationRefusal Reason, string Detail) : RevocationPlan;
}

/// <summary>Why a revocation, or its removal, is refused.</summary>
internal enum RevocationRefusal
{
    /// <summary>The same is revoked already.</summary>
    AlreadyRevoked,

    /// <summary>There is no such revocation.</summary>
    NotFound,

    /// <summary>A list names it: whoever has that list holds on to it.</summary>
    AlreadyPublished,

    /// <summary>There are as many as there may be.</summary>
    TooMany,

    /// <summary>The journal has no live certificate of that serial.</summary>
    CertificateUnknown,

    /// <summary>The certificate is that of an authority.</summary>
    CertificateIsAuthority,

    /// <summary>No authority has that id.</summary>
    AuthorityUnknown,

    /// <summary>The authority is a root: no list can name it.</summary>
    AuthorityIsRoot,

    /// <summary>The authority signs now, so that nothing would be issued any more.</summary>
    AuthoritySigns,

    /// <summary>The end of the ban is not after the present.</summary>
    EndsBeforeItBegins,
}
