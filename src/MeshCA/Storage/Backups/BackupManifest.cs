using System.Text.Json.Serialization;

namespace MeshCA.Storage.Backups;

/// <summary>What a backup says of itself; sealed with it.</summary>
internal sealed record BackupManifest
{
    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The store's random name.</summary>
    public required string StoreId { get; init; }

    /// <summary>The journal's last sequence number.</summary>
    public required long JournalSequence { get; init; }

    /// <summary>Time of the newest journal record; null where there is none.</summary>
    public required DateTimeOffset? NewestRecord { get; init; }

    /// <summary>The audit events' last sequence number.</summary>
    public required long AuditSequence { get; init; }

    /// <summary>The newest checkpoint, as the log shows it; null where there is none.</summary>
    public required string? Checkpoint { get; init; }

    /// <summary>Length of the database in bytes.</summary>
    public required long DatabaseSize { get; init; }
}

/// <summary>Reads and writes manifests without reflection.</summary>
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
