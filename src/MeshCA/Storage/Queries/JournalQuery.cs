using MeshCA.Auditing;
using MeshCA.Issuance;
using SpiffeIdentity;

namespace MeshCA.Storage.Queries;

/// <summary>Which journal records to find; filters left out match all.</summary>
/// <remarks>
/// A time range costs what lies in it, a SPIFFE ID about 0.1 us per record of the range, a serial a scan of one index
/// (ADR 0004 has the measurements).
/// </remarks>
internal sealed record JournalQuery : PagedQuery
{
    /// <summary>Of one identity.</summary>
    public SpiffeId? Subject { get; init; }

    /// <summary>With one serial number.</summary>
    public SerialNumber? Serial { get; init; }

    /// <summary>Of one kind.</summary>
    public CertificateKind? Kind { get; init; }
}

/// <summary>Which audit events to find; filters left out match all.</summary>
internal sealed record AuditQuery : PagedQuery
{
    /// <summary>With one action.</summary>
    public string? Action { get; init; }

    /// <summary>About one thing.</summary>
    public string? Target { get; init; }
}

/// <summary>What all queries have: a range of time and a page of it.</summary>
internal abstract record PagedQuery
{
    /// <summary>Most results of one page.</summary>
    public const int MaxLimit = 10_000;

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Most results to give; clamped to 1 and <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page before ended.</summary>
    public PageCursor? After { get; init; }

    /// <summary><see cref="Limit"/> within its bounds.</summary>
    public int Size => Math.Clamp(Limit, 1, MaxLimit);
}

/// <summary>Where a page ended: results are in order of a time, and of sequence within the same time.</summary>
/// <param name="Time">The last result's time, in the unit of the column; 0 where the sequence alone is the order.</param>
/// <param name="Sequence">The last result's sequence number.</param>
internal sealed record PageCursor(long Time, long Sequence);

/// <summary>One page of results.</summary>
/// <param name="Entries">The results, newest first.</param>
/// <param name="Next">Where to go on; null after the last page.</param>
internal sealed record RecordPage<TEntry>(IReadOnlyList<TEntry> Entries, PageCursor? Next);

/// <summary>A journal record with its place.</summary>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Record">The record.</param>
internal sealed record JournalEntry(long Sequence, IssuanceRecord Record);

/// <summary>An audit event with its place.</summary>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Event">The event.</param>
internal sealed record AuditEntry(long Sequence, AuditEvent Event);
