using System.Security.Cryptography;

namespace MeshCA.Cryptography;

/// <summary>A SHA-256 hash of a DER structure (a certificate, a SubjectPublicKeyInfo) or of a token.</summary>
internal sealed class Fingerprint : IEquatable<Fingerprint>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly byte[] _bytes;

    private Fingerprint(byte[] bytes) => _bytes = bytes;

    /// <summary>The 32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Hashes content.</summary>
    public static Fingerprint Of(ReadOnlySpan<byte> content) => new(SHA256.HashData(content));

    /// <summary>Takes a hash that was stored.</summary>
    /// <exception cref="ArgumentException">The hash has not 32 bytes.</exception>
    public static Fingerprint FromHash(ReadOnlySpan<byte> hash) =>
        hash.Length == Size ? new(hash.ToArray()) : throw new ArgumentException("a SHA-256 hash has 32 bytes", nameof(hash));

    /// <summary>A copy of the 32 bytes.</summary>
    public byte[] ToByteArray() => [.. _bytes];

    /// <inheritdoc />
    public bool Equals(Fingerprint? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Fingerprint);

    /// <inheritdoc />
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);
}
