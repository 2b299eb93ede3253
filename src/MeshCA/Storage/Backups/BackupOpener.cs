using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using MeshCA.Storage.Sealing;

namespace MeshCA.Storage.Backups;

/// <summary>Reads a sealed backup; gives out no byte that is not authentic.</summary>
internal sealed class BackupOpener : IDisposable
{
    private readonly Stream _input;
    private readonly byte[] _header;
    private readonly AesGcm _aes;
    private long _number;

    private BackupOpener(Stream input, byte[] header, KeyEncryptionKey kek)
    {
        _input = input;
        _header = header;
        var key = kek.Derive(BackupFormat.Salt(header), BackupFormat.KeyPurpose);
        _aes = new AesGcm(key, BackupFormat.TagSize);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Reads the header.</summary>
    /// <param name="input">The backup; untrusted.</param>
    /// <param name="kek">The key it was sealed with.</param>
    /// <param name="opener">The opener, or null.</param>
    /// <param name="error">Why there is none.</param>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public static bool TryOpen(
        Stream input, KeyEncryptionKey kek, [NotNullWhen(true)] out BackupOpener? opener, out BackupError error)
    {
        var header = new byte[BackupFormat.HeaderSize];
        var length = input.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        error = length < header.Length || !header.AsSpan().StartsWith(BackupFormat.Magic) ? BackupError.NoBackup
            : !BackupFormat.KeyId(header).SequenceEqual(kek.Id) ? BackupError.OtherKey
            : BackupError.None;
        opener = error == BackupError.None ? new BackupOpener(input, header, kek) : null;
        return opener is not null;
    }

    /// <summary>Whether the last chunk was read, and nothing follows it.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Reads the next chunk.</summary>
    /// <param name="buffer">At least <see cref="BackupFormat.ChunkSize"/> bytes.</param>
    /// <param name="length">The chunk's length.</param>
    /// <returns>Whether what was read is authentic, and where it ends it ends as it was written.</returns>
    public bool TryRead(Span<byte> buffer, out int length)
    {
        length = 0;
        Span<byte> prefix = stackalloc byte[sizeof(int)];
        if (_input.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length
            || BinaryPrimitives.ReadInt32BigEndian(prefix) is var size && size is < 0 or > BackupFormat.ChunkSize)
        {
            return false;
        }

        var sealedChunk = new byte[size + BackupFormat.TagSize];
        if (_input.ReadAtLeast(sealedChunk, sealedChunk.Length, throwOnEndOfStream: false) < sealedChunk.Length)
        {
            return false;
        }

        length = size;
        return TryDecrypt(sealedChunk, buffer[..size], isLast: false)
            || (IsEnded = TryDecrypt(sealedChunk, buffer[..size], isLast: true) && _input.ReadByte() < 0);
    }

    /// <summary>Reads the manifest, the first chunk.</summary>
    public bool TryReadManifest([NotNullWhen(true)] out BackupManifest? manifest)
    {
        var buffer = new byte[BackupFormat.ChunkSize];
        manifest = null;
        try
        {
            manifest = TryRead(buffer, out var length)
                ? JsonSerializer.Deserialize(buffer.AsSpan(0, length), BackupJson.Default.BackupManifest)
                : null;
        }
        catch (JsonException)
        {
            // Authentic, but of a version that wrote its manifest otherwise.
        }

        return manifest is not null;
    }

    /// <inheritdoc />
    public void Dispose() => _aes.Dispose();

    private bool TryDecrypt(ReadOnlySpan<byte> sealedChunk, Span<byte> chunk, bool isLast)
    {
        Span<byte> nonce = stackalloc byte[BackupFormat.NonceSize];
        BackupFormat.WriteNonce(nonce, _number, isLast);
        try
        {
            _aes.Decrypt(nonce, sealedChunk[..chunk.Length], sealedChunk[chunk.Length..], chunk, _header);
            _number++;
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}

/// <summary>Why a backup cannot be used.</summary>
internal enum BackupError
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The file is no backup.</summary>
    NoBackup,

    /// <summary>Another key-encryption key sealed it.</summary>
    OtherKey,

    /// <summary>It was changed or cut off.</summary>
    Damaged,

    /// <summary>The store in it is not as the service wrote it.</summary>
    Tampered,

    /// <summary>The place to restore to is not empty.</summary>
    NotEmpty,

    /// <summary>A file cannot be read or written.</summary>
    IoError,

    /// <summary>The key-encryption key is missing.</summary>
    KeyRefused,
}
