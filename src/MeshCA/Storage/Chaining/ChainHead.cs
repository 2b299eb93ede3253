namespace MeshCA.Storage.Chaining;

/// <summary>The last link of a hash chain: a sequence number and the hash that stands for everything up to it.</summary>
internal sealed class ChainHead(long sequence, byte[] hash)
{
    /// <summary>The sequence number; 0 before the first record.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>The 32 bytes of the hash.</summary>
    public byte[] Hash { get; } = hash;
}
