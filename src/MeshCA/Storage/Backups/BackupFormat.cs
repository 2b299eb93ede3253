using System.Buffers.Binary;

namespace MeshCA.Storage.Backups;

/// <summary>The layout of a sealed backup.</summary>
/// <remarks>
/// Header: magic (8), key id (8), salt (16). Then chunks: length (4, big-endian), ciphertext, tag (16); AES-256-GCM under a
/// key derived from the key-encryption key and the salt. A chunk's nonce is its number and whether it is the last, and the
/// header is authenticated with each: chunks can be neither swapped, dropped, cut off, nor taken from another backup.
/// Chunk 0 is the manifest, the others are the database.
/// </remarks>
internal static class BackupFormat
{
    public const int ChunkSize = 64 * 1024;
    public const int KeyIdSize = 8;
    public const int SaltSize = 16;
    public const int TagSize = 16;
    public const int NonceSize = 12;
    public const string KeyPurpose = "meshca backup v1";

    private const int MagicSize = 8;

    public const int HeaderSize = MagicSize + KeyIdSize + SaltSize;

    /// <summary>Begins every backup.</summary>
    public static ReadOnlySpan<byte> Magic => "MESHCAB1"u8;

    /// <summary>The key id in a header.</summary>
    public static ReadOnlySpan<byte> KeyId(ReadOnlySpan<byte> header) => header.Slice(MagicSize, KeyIdSize);

    /// <summary>The salt in a header.</summary>
    public static ReadOnlySpan<byte> Salt(ReadOnlySpan<byte> header) => header[(MagicSize + KeyIdSize)..];

    /// <summary>Writes the nonce of a chunk.</summary>
    public static void WriteNonce(Span<byte> nonce, long number, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce, number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }
}
