using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SpiffeIdentity.Svids;

/// <summary>SHA-256 over certificates, each with its length, so that no two lists of certificates have the same bytes.</summary>
/// <remarks>The value of default is no list's hash that anybody knows.</remarks>
internal readonly record struct ChainHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    private const int StackLimit = 4096;

    /// <summary>Hashes a chain.</summary>
    /// <param name="certificates">The certificates, of a number and length that the caller has limited.</param>
    /// <returns>The hash.</returns>
    public static ChainHash Of(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        var length = 0;
        for (var i = 0; i < certificates.Count; i++)
        {
            length += sizeof(int) + certificates[i].Length;
        }

        if (length <= StackLimit)
        {
            return Of(certificates, stackalloc byte[StackLimit]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        var hash = Of(certificates, rented);
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <inheritdoc />
    public override int GetHashCode() => (int)(First & int.MaxValue); // as good as random already

    private static ChainHash Of(IReadOnlyList<ReadOnlyMemory<byte>> certificates, Span<byte> buffer)
    {
        var at = 0;
        for (var i = 0; i < certificates.Count; i++)
        {
            var certificate = certificates[i].Span;
            BinaryPrimitives.WriteInt32BigEndian(buffer[at..], certificate.Length);
            certificate.CopyTo(buffer[(at + sizeof(int))..]);
            at += sizeof(int) + certificate.Length;
        }

        Span<ulong> hash = stackalloc ulong[4];
        SHA256.HashData(buffer[..at], MemoryMarshal.AsBytes(hash));
        return new ChainHash(hash[0], hash[1], hash[2], hash[3]);
    }
}
