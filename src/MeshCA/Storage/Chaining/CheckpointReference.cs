using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MeshCA.Cryptography;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Chaining;

/// <summary>What a log line says of a checkpoint; kept outside the store it tells a rolled-back database from the true one.</summary>
/// <param name="Number">The checkpoint's number.</param>
/// <param name="JournalSequence">The journal's last sequence number.</param>
/// <param name="JournalHash">The journal's hash there.</param>
/// <param name="AuditSequence">The audit events' last sequence number.</param>
/// <param name="AuditHash">The audit events' hash there.</param>
internal sealed record CheckpointReference(
    long Number, long JournalSequence, Fingerprint JournalHash, long AuditSequence, Fingerprint AuditHash)
{
    private const int HashDigits = 2 * Fingerprint.Size;

    /// <summary>The reference to a stored checkpoint.</summary>
    public static CheckpointReference Of(CheckpointRow row) => new(
        row.Number,
        row.JournalSequence,
        Fingerprint.FromHash(row.JournalHash),
        row.AuditSequence,
        Fingerprint.FromHash(row.AuditHash));

    /// <summary>Reads what <see cref="ToString"/> prints.</summary>
    /// <param name="text">Five parts between colons; untrusted.</param>
    /// <param name="reference">The reference, or null.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out CheckpointReference? reference)
    {
        reference = null;
        if (text?.Split(':') is not [var number, var journal, var journalHash, var audit, var auditHash]
            || !TryParseNumber(number, out var n)
            || !TryParseNumber(journal, out var journalSequence)
            || !TryParseHash(journalHash, out var journalFingerprint)
            || !TryParseNumber(audit, out var auditSequence)
            || !TryParseHash(auditHash, out var auditFingerprint))
        {
            return false;
        }

        reference = new(n, journalSequence, journalFingerprint, auditSequence, auditFingerprint);
        return true;
    }

    /// <summary><c>number:journal seq:journal hash:audit seq:audit hash</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Number}:{JournalSequence}:{JournalHash}:{AuditSequence}:{AuditHash}");

    private static bool TryParseNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryParseHash(string text, [NotNullWhen(true)] out Fingerprint? hash)
    {
        Span<byte> bytes = stackalloc byte[Fingerprint.Size];
        hash = text.Length == HashDigits
            && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
                ? Fingerprint.FromHash(bytes)
                : null;
        return hash is not null;
    }
}
