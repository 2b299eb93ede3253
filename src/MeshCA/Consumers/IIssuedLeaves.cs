using MeshCA.Issuance;

namespace MeshCA.Consumers;

/// <summary>The journal as the inventory of holders reads it: leaves in the order of their sequence numbers, page by page.</summary>
internal interface IIssuedLeaves
{
    /// <summary>Finds where to begin.</summary>
    /// <param name="issuedSince">What was issued before does not matter.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The sequence number before the first record issued since; where there is none, that of the last record.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<long> FindStartAsync(DateTimeOffset issuedSince, CancellationToken cancellationToken);

    /// <summary>Reads the unexpired leaves of a range of sequence numbers.</summary>
    /// <param name="after">The sequence number before the range.</param>
    /// <param name="span">How many sequence numbers the range has.</param>
    /// <param name="aliveAt">Leaves that ended before are left out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<LeafPage> ReadLeavesAsync(long after, int span, DateTimeOffset aliveAt, CancellationToken cancellationToken);

    /// <summary>Reads records by their sequence numbers.</summary>
    /// <returns>Those that are there.</returns>
    /// <exception cref="JournalUnavailableException">The store cannot be read.</exception>
    Task<IReadOnlyDictionary<long, IssuanceRecord>> ReadRecordsAsync(
        IReadOnlyCollection<long> sequences, CancellationToken cancellationToken);
}

/// <summary>The leaves of a range of sequence numbers.</summary>
/// <param name="Leaves">The leaves, oldest first.</param>
/// <param name="Last">The last sequence number looked at; read on after it.</param>
/// <param name="IsEnd">Whether nothing comes after it now.</param>
internal sealed record LeafPage(IReadOnlyList<LeafFacts> Leaves, long Last, bool IsEnd);

/// <summary>What the inventory takes from one leaf's record. The default is no leaf.</summary>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Holder">Whose it is.</param>
/// <param name="Authority">The authority that signed it.</param>
/// <param name="IssuedAt">When it was issued, seconds since 1970.</param>
/// <param name="NotAfter">End of its validity, seconds since 1970, inclusive.</param>
/// <param name="BundleSequence">The trust bundle that came with it.</param>
internal readonly record struct LeafFacts(
    long Sequence, HolderKey Holder, string Authority, long IssuedAt, long NotAfter, long BundleSequence);
