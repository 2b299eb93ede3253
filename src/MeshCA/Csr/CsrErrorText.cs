using System.Diagnostics;

namespace MeshCA.Csr;

/// <summary>What a caller is told about each <see cref="CsrError"/>.</summary>
internal static class CsrErrorText
{
    /// <summary>The rule, in lower case and without a full stop.</summary>
    public static string Of(CsrError error) => error switch
    {
        CsrError.Empty => "the CSR is empty",
        CsrError.TooLarge => "the CSR is too large",
        CsrError.NoPem => "the CSR holds no PEM block",
        CsrError.MalformedPem => "the CSR is malformed PEM",
        CsrError.WrongLabel => "the PEM label is not `CERTIFICATE REQUEST`",
        CsrError.MalformedDer => "the CSR is not a PKCS#10 request in DER",
        CsrError.TrailingBytes => "bytes follow the PKCS#10 request",
        CsrError.BadVersion => "the PKCS#10 version is not 0",
        CsrError.MalformedSubject => "the subject is malformed",
        CsrError.MalformedPublicKey => "the public key is malformed",
        CsrError.MalformedAttributes => "the attributes are malformed",
        CsrError.Ed25519Key => "an Ed25519 key is not supported",
        CsrError.RsaPssKey => "RSA-PSS keys are not supported",
        CsrError.UnsupportedKey => "the key algorithm is not supported",
        CsrError.Secp256k1Key => "the curve secp256k1 is not supported",
        CsrError.P224Key => "the curve P-224 is not supported",
        CsrError.P521Key => "the curve P-521 is not supported",
        CsrError.UnsupportedCurve => "the curve is not supported",
        CsrError.MalformedPoint => "the EC point is not in the uncompressed form of its curve",
        CsrError.PointOffCurve => "the EC point is not on its curve",
        CsrError.RsaKeyTooShort => "the RSA key is too short",
        CsrError.RsaKeyTooLong => "the RSA key is too long",
        CsrError.BadRsaModulus => "the RSA modulus is even",
        CsrError.BadRsaExponent => "the RSA exponent is even, below 65537, or longer than 32 bits",
        CsrError.KeyNotAllowed => "the policy does not allow this key algorithm",
        CsrError.Md5Signature => "signatures with MD5 are not accepted",
        CsrError.Sha1Signature => "signatures with SHA-1 are not accepted",
        CsrError.RsaPssSignature => "RSA-PSS signatures are not supported",
        CsrError.Ed25519Signature => "an Ed25519 signature is not supported",
        CsrError.UnsupportedSignature => "the signature algorithm is not supported",
        CsrError.SignatureOfOtherKeyType => "the signature algorithm does not fit the key",
        CsrError.BadSignature => "the signature does not prove possession of the key",
        CsrError.None => throw new ArgumentOutOfRangeException(nameof(error), error, "no rule is broken"),
        _ => throw new UnreachableException(),
    };
}
