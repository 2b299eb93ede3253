namespace MeshCA.Issuance;

/// <summary>The durable record of every certificate; a certificate leaves only after its record is on disk.</summary>
internal interface IIssuanceJournal
{
    /// <summary>Appends a record; the task completes when the record is durable (fsync returned).</summary>
    /// <param name="record">What was signed.</param>
    /// <param name="cancellationToken">Ends the wait only: a record once queued is still written.</param>
    /// <exception cref="JournalUnavailableException">The record is not durable; the certificate must not leave.</exception>
    Task AppendAsync(IssuanceRecord record, CancellationToken cancellationToken);

    /// <summary>Finds when a token last stood behind the leaf with a serial.</summary>
    /// <param name="serial">The leaf's serial; untrusted.</param>
    /// <param name="notBefore">Begin of the leaf's validity; narrows the search, since records are in order of time.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The time; null if the serial is unknown, pruned, or not of a leaf issued on a token or renewal.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<LastToken?> FindLastTokenAsync(
        SerialNumber serial, DateTimeOffset notBefore, CancellationToken cancellationToken);
}

/// <summary>What the journal knows of the token behind a leaf.</summary>
/// <param name="Time">When the token was shown.</param>
/// <param name="Cluster">The cluster of its issuer.</param>
/// <param name="PodName">The pod it was bound to, if any.</param>
/// <param name="PodUid">The UID of that pod.</param>
/// <param name="NodeName">The node of that pod.</param>
/// <param name="Certificate">SHA-256 of the leaf's DER, to compare with the one shown.</param>
internal sealed record LastToken(
    DateTimeOffset Time,
    string Cluster,
    string? PodName,
    string? PodUid,
    string? NodeName,
    Cryptography.Fingerprint Certificate)
{
    /// <summary>Whether it was a node proxy's, which asked for the leaf of another.</summary>
    public bool IsOfNodeProxy { get; init; }
}

/// <summary>The journal cannot make records durable: disk full, read-only, I/O error, or a clock that runs backwards.</summary>
internal sealed class JournalUnavailableException(string message, Exception? innerException = null)
    : Exception(message, innerException);
