namespace MeshCA.Cryptography;

/// <summary>The key algorithms this CA signs with and certifies. The numbers are stored; never reuse one.</summary>
internal enum KeyAlgorithm
{
    /// <summary>ECDSA on NIST P-256 (secp256r1), signing with SHA-256.</summary>
    EcdsaP256 = 1,

    /// <summary>ECDSA on NIST P-384 (secp384r1), signing with SHA-384.</summary>
    EcdsaP384 = 2,

    /// <summary>RSA, signing with PKCS#1 v1.5 and SHA-256.</summary>
    Rsa = 3,
}
