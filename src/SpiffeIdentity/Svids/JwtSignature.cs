using System.Diagnostics;
using System.Security.Cryptography;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Svids;

/// <summary>What each algorithm of JWT-SVIDs means: one kind of key, one hash, one padding.</summary>
internal static class JwtSignature
{
    /// <summary>Reads an <c>alg</c> value; case counts.</summary>
    /// <param name="name">The value; untrusted.</param>
    /// <returns>The algorithm; null for one that is not allowed.</returns>
    public static JwtAlgorithm? Parse(string name) => name switch
    {
        "RS256" => JwtAlgorithm.RS256,
        "RS384" => JwtAlgorithm.RS384,
        "RS512" => JwtAlgorithm.RS512,
        "ES256" => JwtAlgorithm.ES256,
        "ES384" => JwtAlgorithm.ES384,
        "ES512" => JwtAlgorithm.ES512,
        "PS256" => JwtAlgorithm.PS256,
        "PS384" => JwtAlgorithm.PS384,
        "PS512" => JwtAlgorithm.PS512,
        _ => null,
    };

    /// <summary>The one kind of key that an algorithm goes with, RFC 7518 §3.3 to §3.5.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <returns>The kind of key.</returns>
    public static KeyFamily FamilyOf(JwtAlgorithm algorithm) => algorithm switch
    {
        JwtAlgorithm.ES256 => KeyFamily.P256,
        JwtAlgorithm.ES384 => KeyFamily.P384,
        JwtAlgorithm.ES512 => KeyFamily.P521,
        _ => KeyFamily.Rsa,
    };

    /// <summary>The hash under an algorithm's signatures.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <returns>The hash.</returns>
    public static HashAlgorithmName HashOf(JwtAlgorithm algorithm) => algorithm switch
    {
        JwtAlgorithm.RS256 or JwtAlgorithm.ES256 or JwtAlgorithm.PS256 => HashAlgorithmName.SHA256,
        JwtAlgorithm.RS384 or JwtAlgorithm.ES384 or JwtAlgorithm.PS384 => HashAlgorithmName.SHA384,
        JwtAlgorithm.RS512 or JwtAlgorithm.ES512 or JwtAlgorithm.PS512 => HashAlgorithmName.SHA512,
        _ => throw new UnreachableException(),
    };

    /// <summary>The padding of an algorithm on RSA.</summary>
    /// <param name="algorithm">An algorithm on RSA.</param>
    /// <returns>The padding.</returns>
    public static RSASignaturePadding PaddingOf(JwtAlgorithm algorithm) =>
        algorithm is JwtAlgorithm.PS256 or JwtAlgorithm.PS384 or JwtAlgorithm.PS512
            ? RSASignaturePadding.Pss
            : RSASignaturePadding.Pkcs1;

    /// <summary>Verifies a signature.</summary>
    /// <param name="key">A key of the algorithm's kind.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="content">What was signed; untrusted.</param>
    /// <param name="signature">The signature; untrusted.</param>
    /// <returns>Whether the key's holder signed the content.</returns>
    public static bool Verify(VerificationKey key, JwtAlgorithm algorithm, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        FamilyOf(algorithm) is KeyFamily.Rsa
            ? key.VerifyRsa(HashOf(algorithm), PaddingOf(algorithm), content, signature)
            : signature.Length == 2 * PublicKeyFields.SizeOf(FamilyOf(algorithm)) // RFC 7518 §3.4: both numbers in full length
                && key.VerifyEcdsa(HashOf(algorithm), content, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
