namespace MeshCA.Storage.Schema;

/// <summary>One signed checkpoint in the form of its table's columns.</summary>
internal sealed class CheckpointRow
{
    /// <summary>Counts the checkpoints from 1.</summary>
    public long Number { get; set; }

    /// <summary>The format this row was written in.</summary>
    public long Version { get; set; }

    /// <summary>When it was signed, microseconds.</summary>
    public long Time { get; set; }

    /// <summary><see cref="Chaining.CheckpointReason"/>.</summary>
    public long Reason { get; set; }

    /// <summary>The oldest checkpoint that retention has left.</summary>
    public long FirstNumber { get; set; }

    /// <summary>SHA-256 of the checkpoint before, in its canonical form; zeros for the first.</summary>
    public byte[] Previous { get; set; } = [];

    /// <summary>The journal's last sequence number.</summary>
    public long JournalSequence { get; set; }

    /// <summary>The journal's hash there.</summary>
    public byte[] JournalHash { get; set; } = [];

    /// <summary>The audit events' last sequence number.</summary>
    public long AuditSequence { get; set; }

    /// <summary>The audit events' hash there.</summary>
    public byte[] AuditHash { get; set; } = [];

    /// <summary>SHA-256 over all gaps that retention made.</summary>
    public byte[] GapsHash { get; set; } = [];

    /// <summary>SHA-256 of the public key that verifies the signature.</summary>
    public byte[] Key { get; set; } = [];

    /// <summary>The signature.</summary>
    public byte[] Signature { get; set; } = [];
}
