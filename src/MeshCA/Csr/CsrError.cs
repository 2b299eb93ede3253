namespace MeshCA.Csr;

/// <summary>The rule that a CSR breaks: the first one, in the order in which a CSR is read.</summary>
internal enum CsrError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The text has no characters.</summary>
    Empty,

    /// <summary>The text exceeds <see cref="CsrPolicy.MaxLength"/>.</summary>
    TooLarge,

    /// <summary>The text holds no PEM block.</summary>
    NoPem,

    /// <summary>The first PEM block has a broken line or is not base64 (RFC 7468).</summary>
    MalformedPem,

    /// <summary>The first PEM block is labelled as something else.</summary>
    WrongLabel,

    /// <summary>The content is not a PKCS#10 request in DER (RFC 2986 §4).</summary>
    MalformedDer,

    /// <summary>Bytes follow the request within the PEM block.</summary>
    TrailingBytes,

    /// <summary>The version is not v1, which is written 0 (RFC 2986 §4.1).</summary>
    BadVersion,

    /// <summary>The subject is not a Name (RFC 5280 §4.1.2.4).</summary>
    MalformedSubject,

    /// <summary>The public key is not a SubjectPublicKeyInfo, or not a key of the algorithm it names.</summary>
    MalformedPublicKey,

    /// <summary>The attributes are not a set of attributes (RFC 2986 §4.1).</summary>
    MalformedAttributes,

    /// <summary>The key is an Ed25519 key.</summary>
    Ed25519Key,

    /// <summary>The key is an RSA key for PSS only.</summary>
    RsaPssKey,

    /// <summary>The key's algorithm is another one.</summary>
    UnsupportedKey,

    /// <summary>The key is on the curve secp256k1.</summary>
    Secp256k1Key,

    /// <summary>The key is on the curve P-224.</summary>
    P224Key,

    /// <summary>The key is on the curve P-521.</summary>
    P521Key,

    /// <summary>The key is on another curve, or on one that it describes itself.</summary>
    UnsupportedCurve,

    /// <summary>The EC point is not in the uncompressed form, or has not its curve's length (RFC 5480 §2.2).</summary>
    MalformedPoint,

    /// <summary>The EC point is not on its curve.</summary>
    PointOffCurve,

    /// <summary>The RSA modulus is shorter than the policy wants.</summary>
    RsaKeyTooShort,

    /// <summary>The RSA modulus is longer than the policy allows.</summary>
    RsaKeyTooLong,

    /// <summary>The RSA modulus is even.</summary>
    BadRsaModulus,

    /// <summary>The RSA exponent is even, below 65,537, or of more than 32 bits.</summary>
    BadRsaExponent,

    /// <summary>The key is of an algorithm this CA knows and its policy leaves out.</summary>
    KeyNotAllowed,

    /// <summary>The CSR is signed with MD5.</summary>
    Md5Signature,

    /// <summary>The CSR is signed with SHA-1.</summary>
    Sha1Signature,

    /// <summary>The CSR is signed with RSA-PSS.</summary>
    RsaPssSignature,

    /// <summary>The CSR is signed with Ed25519.</summary>
    Ed25519Signature,

    /// <summary>The CSR is signed with another algorithm, or with wrong parameters.</summary>
    UnsupportedSignature,

    /// <summary>The signature algorithm is not one of the key's.</summary>
    SignatureOfOtherKeyType,

    /// <summary>The signature is not the key's: no proof of possession (RFC 2986 §3).</summary>
    BadSignature,
}
