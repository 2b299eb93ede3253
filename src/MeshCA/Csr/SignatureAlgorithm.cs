using System.Formats.Asn1;
using System.Security.Cryptography;
using SpiffeIdentity.Der;

namespace MeshCA.Csr;

/// <summary>How a CSR is signed, as far as this CA accepts it.</summary>
/// <param name="Hash">The hash under the signature.</param>
/// <param name="IsRsa">Whether an RSA key signs (PKCS#1 v1.5), else an EC key.</param>
/// <remarks><c>default</c> has no hash, and no signature verifies under it.</remarks>
internal readonly record struct SignatureAlgorithm(HashAlgorithmName Hash, bool IsRsa)
{
    /// <summary>Reads an AlgorithmIdentifier.</summary>
    /// <param name="identifier">Content of the AlgorithmIdentifier; untrusted.</param>
    /// <param name="algorithm">The algorithm, or <c>default</c>.</param>
    /// <returns>The rule that was broken.</returns>
    public static CsrError Read(DerReader identifier, out SignatureAlgorithm algorithm)
    {
        algorithm = default;
        if (!identifier.TryReadOid(out var oid))
        {
            return CsrError.MalformedDer;
        }

        algorithm = Find(oid);
        return algorithm.Hash.Name is null ? WhyNot(oid)
            : HasGoodParameters(identifier, algorithm.IsRsa) ? CsrError.None
            : CsrError.UnsupportedSignature;
    }

    private static SignatureAlgorithm Find(ReadOnlySpan<byte> oid) => oid switch
    {
        _ when oid.SequenceEqual(DerOids.EcdsaWithSha256) => new(HashAlgorithmName.SHA256, IsRsa: false),
        _ when oid.SequenceEqual(DerOids.EcdsaWithSha384) => new(HashAlgorithmName.SHA384, IsRsa: false),
        _ when oid.SequenceEqual(DerOids.EcdsaWithSha512) => new(HashAlgorithmName.SHA512, IsRsa: false),
        _ when oid.SequenceEqual(DerOids.Sha256WithRsa) => new(HashAlgorithmName.SHA256, IsRsa: true),
        _ when oid.SequenceEqual(DerOids.Sha384WithRsa) => new(HashAlgorithmName.SHA384, IsRsa: true),
        _ when oid.SequenceEqual(DerOids.Sha512WithRsa) => new(HashAlgorithmName.SHA512, IsRsa: true),
        _ => default,
    };

    private static CsrError WhyNot(ReadOnlySpan<byte> oid) => oid switch
    {
        _ when oid.SequenceEqual(DerOids.Md5WithRsa) => CsrError.Md5Signature,
        _ when oid.SequenceEqual(DerOids.Sha1WithRsa) || oid.SequenceEqual(DerOids.EcdsaWithSha1) => CsrError.Sha1Signature,
        _ when oid.SequenceEqual(DerOids.RsaPss) => CsrError.RsaPssSignature,
        _ when oid.SequenceEqual(DerOids.Ed25519) => CsrError.Ed25519Signature,
        _ => CsrError.UnsupportedSignature,
    };

    /// <summary>RFC 5758 §3.2: none for ECDSA; RFC 4055 §5: NULL for RSA, and absent MUST be accepted too.</summary>
    private static bool HasGoodParameters(DerReader rest, bool isRsa) =>
        rest.IsAtEnd || (isRsa && rest.TryRead(Asn1Tag.Null, out var nothing) && nothing.IsEmpty && rest.IsAtEnd);
}
