using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MeshCA.Storage.Chaining;

/// <summary>Computes the links of a hash chain: H(n) = SHA-256(H(n-1), n, the record's canonical form).</summary>
internal sealed class ChainHasher : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>H(0): differs between chains and stores, so that records of another store never fit.</summary>
    public static ChainHead Genesis(Chain chain, ReadOnlySpan<byte> storeId) =>
        new(0, SHA256.HashData([.. "meshca chain v1"u8, (byte)chain, .. storeId]));

    /// <summary>The hash of the record that follows another.</summary>
    /// <param name="previous">H(n-1).</param>
    /// <param name="sequence">n.</param>
    /// <param name="body">The record's canonical form.</param>
    public byte[] Next(ReadOnlySpan<byte> previous, long sequence, ReadOnlySpan<byte> body)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, sequence);
        _hash.AppendData(previous);
        _hash.AppendData(number);
        _hash.AppendData(body);
        return _hash.GetHashAndReset();
    }

    /// <inheritdoc />
    public void Dispose() => _hash.Dispose();
}

/// <summary>Which hash chain. The numbers are stored and signed; never reuse one.</summary>
internal enum Chain
{
    /// <summary>The issuance journal.</summary>
    Journal = 1,

    /// <summary>The audit events.</summary>
    Audit = 2,
}
