using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MeshCA.Consumers;

/// <summary>Tells holders of leaves apart in 16 bytes, since a mesh has a million: identity and pod, else identity and address.</summary>
/// <remarks>
/// One identity runs in many pods, and each has a bundle of its own. Of a caller without a pod its address is all that is
/// known. The default is nobody's.
/// </remarks>
internal readonly record struct HolderKey(UInt128 Value)
{
    private const int Size = 16;
    private const int StackLimit = 512;
    private const byte ByPod = 1;
    private const byte ByAddress = 2;

    /// <summary>The key of a holder.</summary>
    /// <param name="subject">Its SPIFFE ID.</param>
    /// <param name="podUid">The UID of its pod; null or empty where no token named one.</param>
    /// <param name="peer">The address it called from, in gRPC's notation; its port does not count.</param>
    public static HolderKey Of(string subject, string? podUid, string? peer) =>
        Of(Encoding.UTF8.GetBytes(subject), Encoding.UTF8.GetBytes(podUid ?? ""), Encoding.UTF8.GetBytes(peer ?? ""));

    /// <summary>The key of a holder, from UTF-8.</summary>
    public static HolderKey Of(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> podUid, ReadOnlySpan<byte> peer)
    {
        var kind = podUid.IsEmpty ? ByAddress : ByPod;
        var place = podUid.IsEmpty ? PeerText.WithoutPort(peer) : podUid;
        var length = subject.Length + 1 + place.Length;
        var rented = length > StackLimit ? ArrayPool<byte>.Shared.Rent(length) : null;
        var text = rented ?? stackalloc byte[StackLimit];
        subject.CopyTo(text);
        text[subject.Length] = kind; // no SPIFFE ID holds such a byte, so nothing else reads the same
        place.CopyTo(text[(subject.Length + 1)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new(BinaryPrimitives.ReadUInt128BigEndian(hash[..Size]));
    }
}
