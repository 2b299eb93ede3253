namespace SpiffeIdentity.Bundles;

/// <summary>A public key that JWT-SVIDs are verified with, under its name (Trust_Domain_and_Bundle §4.2.2).</summary>
/// <remarks>Immutable. A pair as it was given; that it is usable <see cref="JwtBundle"/> checks.</remarks>
public sealed class JwtAuthority : IEquatable<JwtAuthority>
{
    /// <summary>Longest key ID in characters.</summary>
    public const int MaxKeyIdLength = 1024;

    /// <summary>Takes a key.</summary>
    /// <param name="keyId">Its <c>kid</c>.</param>
    /// <param name="subjectPublicKeyInfo">The key in DER (RFC 5280 §4.1.2.7); copied.</param>
    public JwtAuthority(string keyId, ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        KeyId = keyId;
        SubjectPublicKeyInfo = subjectPublicKeyInfo.ToArray();
    }

    /// <summary>The <c>kid</c>: unique in its bundle, and what tokens name the key by.</summary>
    public string KeyId { get; }

    /// <summary>The key in DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <inheritdoc />
    public bool Equals(JwtAuthority? other) =>
        other is not null
        && string.Equals(KeyId, other.KeyId, StringComparison.Ordinal)
        && SubjectPublicKeyInfo.Span.SequenceEqual(other.SubjectPublicKeyInfo.Span);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as JwtAuthority);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(KeyId);

    /// <summary>The key ID.</summary>
    /// <returns><see cref="KeyId"/>.</returns>
    public override string ToString() => KeyId;
}
