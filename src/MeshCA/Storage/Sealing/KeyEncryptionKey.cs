using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Authorities;

namespace MeshCA.Storage.Sealing;

/// <summary>The key that seals every secret of the store; kept outside the store, so a copy of the database alone opens nothing.</summary>
/// <remarks>Sealed form: version (1), key id (8), nonce (12), tag (16), ciphertext; AES-256-GCM over header and context.</remarks>
internal sealed class KeyEncryptionKey : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private const byte Version = 1;
    private const int IdSize = 8;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + IdSize;
    private const int Overhead = HeaderSize + NonceSize + TagSize;

    private readonly byte[] _key;
    private readonly byte[] _sealingKey;
    private readonly byte[] _id;

    /// <summary>Takes a key.</summary>
    /// <param name="key">32 bytes; copied.</param>
    /// <param name="source">Where it came from, for messages: never the key itself.</param>
    public KeyEncryptionKey(ReadOnlySpan<byte> key, string source)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size, nameof(key));
        Source = source;
        _key = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        key.CopyTo(_key);
        _sealingKey = Derive([], "meshca seal v1");
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, IdSize, [], "meshca key id v1"u8.ToArray());
    }

    /// <summary>Where the key came from.</summary>
    public string Source { get; }

    /// <summary>Names the key without disclosing it.</summary>
    public ReadOnlySpan<byte> Id => _id;

    /// <summary>Reads the text form: Base64 of 32 bytes or 64 hexadecimal digits, white space around it ignored.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? key)
    {
        var digits = text.Trim(" \t\r\n"u8);
        key = new byte[Size];
        var decoded = digits.Length == 2 * Size
            ? Convert.FromHexString(digits, key, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size
            : Base64.DecodeFromUtf8(digits, key, out _, out written) == System.Buffers.OperationStatus.Done && written == Size;
        if (!decoded)
        {
            CryptographicOperations.ZeroMemory(key);
            key = null;
        }

        return decoded;
    }

    /// <summary>Seals a secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="context">Which row it belongs to: a blob moved to another row does not open.</param>
    public byte[] Seal(ReadOnlySpan<byte> secret, string context)
    {
        var blob = new byte[Overhead + secret.Length];
        blob[0] = Version;
        _id.CopyTo(blob.AsSpan(1));
        var nonce = blob.AsSpan(HeaderSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_sealingKey, TagSize);
        aes.Encrypt(
            nonce,
            secret,
            blob.AsSpan(Overhead),
            blob.AsSpan(HeaderSize + NonceSize, TagSize),
            AssociatedData(blob.AsSpan(0, HeaderSize), context));
        return blob;
    }

    /// <summary>Opens what <see cref="Seal"/> sealed for the same context.</summary>
    /// <exception cref="KeySealException">Another key sealed it, or it was changed or moved.</exception>
    public byte[] Open(ReadOnlySpan<byte> blob, string context)
    {
        if (blob.Length < Overhead || blob[0] != Version)
        {
            throw new KeySealException($"the sealed value of `{context}` is damaged: unknown format");
        }

        if (!blob.Slice(1, IdSize).SequenceEqual(_id))
        {
            throw new KeySealException($"`{context}` was sealed with another key-encryption key than {Source}");
        }

        var secret = GC.AllocateUninitializedArray<byte>(blob.Length - Overhead, pinned: true);
        try
        {
            using var aes = new AesGcm(_sealingKey, TagSize);
            aes.Decrypt(
                blob.Slice(HeaderSize, NonceSize),
                blob[Overhead..],
                blob.Slice(HeaderSize + NonceSize, TagSize),
                secret,
                AssociatedData(blob[..HeaderSize], context));
            return secret;
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new KeySealException($"the sealed value of `{context}` was changed or moved", exception);
        }
    }

    /// <summary>Seals what another key sealed, for the same context.</summary>
    /// <exception cref="KeySealException">That key did not seal it, or it was changed or moved.</exception>
    public byte[] Reseal(ReadOnlySpan<byte> blob, KeyEncryptionKey other, string context)
    {
        var secret = other.Open(blob, context);
        try
        {
            return Seal(secret, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>A key for one purpose; the caller zeroes it.</summary>
    /// <param name="salt">Random, where the purpose has many keys.</param>
    /// <param name="purpose">Tells the purposes apart.</param>
    public byte[] Derive(ReadOnlySpan<byte> salt, string purpose)
    {
        var derived = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, derived, salt, Encoding.UTF8.GetBytes(purpose));
        return derived;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_sealingKey);
    }

    private static byte[] AssociatedData(ReadOnlySpan<byte> header, string context) =>
        [.. header, .. Encoding.UTF8.GetBytes(context)];
}
