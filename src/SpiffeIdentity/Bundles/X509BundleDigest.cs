using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SpiffeIdentity.Bundles;

/// <summary>Names a set of X.509 authorities in 32 bytes: SHA-256 over the SHA-256 digests of their certificates in ascending order.</summary>
/// <remarks>Immutable. Two who compare digests know whether they verify by the same authorities, and need not send them.</remarks>
public sealed class X509BundleDigest : IEquatable<X509BundleDigest>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private readonly byte[] _value;

    private X509BundleDigest(byte[] value) => _value = value;

    /// <summary>The digest, of <see cref="Length"/> bytes.</summary>
    public ReadOnlyMemory<byte> Value => _value;

    /// <summary>Takes a digest that somebody else formed.</summary>
    /// <param name="value">The bytes; untrusted.</param>
    /// <param name="digest">The digest, or null.</param>
    /// <returns>False if they are not <see cref="Length"/> bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> value, [NotNullWhen(true)] out X509BundleDigest? digest)
    {
        digest = value.Length == Length ? new X509BundleDigest(value.ToArray()) : null;
        return digest is not null;
    }

    /// <inheritdoc />
    public bool Equals(X509BundleDigest? other) => other is not null && _value.AsSpan().SequenceEqual(other._value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as X509BundleDigest);

    /// <inheritdoc />
    public override int GetHashCode() => BitConverter.ToInt32(_value);

    /// <summary>The digest in lower-case hexadecimal.</summary>
    /// <returns>64 digits.</returns>
    public override string ToString() => Convert.ToHexStringLower(_value);

    /// <summary>Forms the digest of certificates, of which none is there twice.</summary>
    internal static X509BundleDigest Of(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        var digests = certificates.Select(certificate => SHA256.HashData(certificate.Span)).ToList();
        digests.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return new X509BundleDigest(SHA256.HashData([.. digests.SelectMany(digest => digest)]));
    }
}
