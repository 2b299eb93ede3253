namespace MeshCA.Storage.Chaining;

/// <summary>A row that is a link of a hash chain.</summary>
internal interface IChainedRow
{
    /// <summary>The sequence number; the first record has 1.</summary>
    long Sequence { get; }

    /// <summary>The stored hash, which covers this row and all before it.</summary>
    byte[] Hash { get; }

    /// <summary>Writes everything but sequence and hash.</summary>
    void Encode(CanonicalWriter writer);
}
