using System.Buffers.Binary;
using System.IO;
using System.Security.Cryptography;
using MeshCA.Storage.Sealing;

namespace MeshCA.Storage.Backups;

/// <summary>Writes a sealed backup chunk by chunk: memory does not grow with the database.</summary>
internal sealed class BackupSealer : IDisposable
{
    private readonly Stream _output;
    private readonly byte[] _header;
    private readonly AesGcm _aes;
    private long _number;

    /// <summary>Writes the header.</summary>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public BackupSealer(Stream output, KeyEncryptionKey kek)
    {
        _output = output;
        var salt = RandomNumberGenerator.GetBytes(BackupFormat.SaltSize);
        _header = [.. BackupFormat.Magic, .. kek.Id, .. salt];
        var key = kek.Derive(salt, BackupFormat.KeyPurpose);
        _aes = new AesGcm(key, BackupFormat.TagSize);
        CryptographicOperations.ZeroMemory(key);
        output.Write(_header);
    }

    /// <summary>Writes a chunk.</summary>
    /// <param name="chunk">At most <see cref="BackupFormat.ChunkSize"/> bytes.</param>
    /// <param name="isLast">Whether the backup ends with it.</param>
    public void Write(ReadOnlySpan<byte> chunk, bool isLast)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunk.Length, BackupFormat.ChunkSize, nameof(chunk));
        Span<byte> nonce = stackalloc byte[BackupFormat.NonceSize];
        BackupFormat.WriteNonce(nonce, _number++, isLast);
        var sealedChunk = new byte[sizeof(int) + chunk.Length + BackupFormat.TagSize];
        BinaryPrimitives.WriteInt32BigEndian(sealedChunk, chunk.Length);
        _aes.Encrypt(
            nonce,
            chunk,
            sealedChunk.AsSpan(sizeof(int), chunk.Length),
            sealedChunk.AsSpan(sizeof(int) + chunk.Length),
            _header);
        _output.Write(sealedChunk);
    }

    /// <inheritdoc />
    public void Dispose() => _aes.Dispose();
}
