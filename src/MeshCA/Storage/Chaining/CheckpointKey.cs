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
        var secret = kek.Open(sealedKey, Context(storeId));
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

    /// <summary>What the sealed key is bound to.</summary>
    public static string Context(ReadOnlySpan<byte> storeId) => "meta/checkpoint-key/" + Convert.ToHexStringLower(storeId);

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
