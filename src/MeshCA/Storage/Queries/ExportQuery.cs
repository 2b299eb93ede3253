using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Queries;

/// <summary>Which part of a chain to read.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="First">The first record; below 1: the first there is.</param>
/// <param name="Last">The last record; 0: the last there is.</param>
/// <param name="Since">Begins with the first record of this time or later; null: with <paramref name="First"/>.</param>
/// <param name="Until">Ends before the first record of this time or later; null: with <paramref name="Last"/>.</param>
/// <param name="Size">Most entries.</param>
internal sealed record ExportQuery(
    Chain Chain, long First, long Last, DateTimeOffset? Since, DateTimeOffset? Until, int Size);

/// <summary>A part of a chain, with what proves it.</summary>
/// <param name="StoreId">The store's random name.</param>
/// <param name="PreviousHash">The hash before the first entry; empty where that record is missing.</param>
/// <param name="Entries">The records and what retention removed between them, in order.</param>
/// <param name="Checkpoints">The checkpoints that vouch for records from the first to the last entry.</param>
/// <param name="Next">Where to go on; null after the last record.</param>
internal sealed record ExportPage(
    byte[] StoreId,
    byte[] PreviousHash,
    IReadOnlyList<ExportEntry> Entries,
    IReadOnlyList<CheckpointRow> Checkpoints,
    long? Next);

/// <summary>A record of a chain, or a run that retention removed.</summary>
/// <param name="First">The first sequence number.</param>
/// <param name="Last">The last one; the same for a record.</param>
/// <param name="Hash">The chain's hash there.</param>
internal sealed record ExportEntry(long First, long Last, byte[] Hash)
{
    /// <summary>What the hash covers; null for a removed run.</summary>
    public byte[]? Canonical { get; init; }

    /// <summary>The event, where it is one.</summary>
    public AuditEvent? Event { get; init; }

    /// <summary>The certificate's record, where it is one.</summary>
    public IssuanceRecord? Record { get; init; }
}
