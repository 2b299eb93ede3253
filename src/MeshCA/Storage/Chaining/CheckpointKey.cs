using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;

namespace MeshCA.Storage.Chaining;

/// <summary>Signs and verifies checkpoints with ECDSA P-256.</summary>
/// <remarks>
/// It is opened with the key-encryption key also to verify: a public key read from the database would be whatever the
/// one who changed the database put there.
/// </remarks>
internal sealed class CheckpointKey : IDisposable
{
    // No version that sealed values begin with.
    private const byte Mark = 0xff;

    private readonly ECDsa _key;
    private readonly byte[] _storeId;
    private readonly CanonicalWriter _writer = new();

    private CheckpointKey(ECDsa key, ReadOnlySpan<byte> storeId)
    {
        _key = key;
        _storeId = storeId.ToArray();
        Fingerprint = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>SHA-256 of the public key.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Draws a key for a new store.</summary>
    /// <returns>The key, sealed.</returns>
    public static byte[] CreateSealed(KeyEncryptionKey kek, ReadOnlySpan<byte> storeId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = key.ExportPkcs8PrivateKey();
        try
        {
            return kek.Seal(secret, Context(storeId));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Opens the key of a store.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static CheckpointKey Open(KeyEncryptionKey kek, ReadOnlySpan<byte> sealedKey, ReadOnlySpan<byte> storeId)
    {
        var secret = Unseal(kek, sealedKey, storeId);
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(secret, out _);
            return new CheckpointKey(key, storeId);
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Whether a sealed key is marked: that the store has kept policies. Nobody else can take the mark off.</summary>
    public static bool IsMarked(ReadOnlySpan<byte> sealedKey) => sealedKey is [Mark, ..];

    /// <summary>Marks a sealed key.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static byte[] Marked(KeyEncryptionKey kek, ReadOnlySpan<byte> sealedKey, ReadOnlySpan<byte> storeId)
    {
        var secret = Unseal(kek, sealedKey, storeId);
        try
        {
            return [Mark, .. kek.Seal(secret, MarkedContext(storeId))];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Seals the key under another key-encryption key; a mark stays.</summary>
    /// <exception cref="KeySealException">The key-encryption key is not the store's.</exception>
    public static byte[] Reseal(KeyEncryptionKey kek, KeyEncryptionKey next, ReadOnlySpan<byte> sealedKey, ReadOnlySpan<byte> storeId) =>
        IsMarked(sealedKey)
            ? [Mark, .. next.Reseal(sealedKey[1..], kek, MarkedContext(storeId))]
            : next.Reseal(sealedKey, kek, Context(storeId));

    /// <summary>Signs a checkpoint: fills in its key and signature.</summary>
    public void Sign(CheckpointRow row)
    {
        row.Key = Fingerprint;
        row.Signature = _key.SignData(SignedContent(row), HashAlgorithmName.SHA256);
    }

    /// <summary>Whether this key signed a checkpoint as it stands.</summary>
    public bool Verify(CheckpointRow row) =>
        row.Key.AsSpan().SequenceEqual(Fingerprint)
        && _key.VerifyData(SignedContent(row), row.Signature, HashAlgorithmName.SHA256);

    /// <summary>What the next checkpoint holds of this one.</summary>
    public byte[] HashOf(CheckpointRow row) => SHA256.HashData(SignedContent(row));

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();

    private static byte[] Unseal(KeyEncryptionKey kek, ReadOnlySpan<byte> sealedKey, ReadOnlySpan<byte> storeId) =>
        IsMarked(sealedKey) ? kek.Open(sealedKey[1..], MarkedContext(storeId)) : kek.Open(sealedKey, Context(storeId));

    private static string MarkedContext(ReadOnlySpan<byte> storeId) => Context(storeId) + "/policies";

    private static string Context(ReadOnlySpan<byte> storeId) => "meta/checkpoint-key/" + Convert.ToHexStringLower(storeId);

    private ReadOnlySpan<byte> SignedContent(CheckpointRow row) => _writer.Clear()
        .Text("meshca checkpoint v1")
        .Bytes(_storeId)
        .Number(row.Number)
        .Number(row.Version)
        .Number(row.Time)
        .Number(row.Reason)
        .Number(row.FirstNumber)
        .Bytes(row.Previous)
        .Number(row.JournalSequence)
        .Bytes(row.JournalHash)
        .Number(row.AuditSequence)
        .Bytes(row.AuditHash)
        .Bytes(row.GapsHash)
        .Bytes(row.Key)
        .Written;
}
