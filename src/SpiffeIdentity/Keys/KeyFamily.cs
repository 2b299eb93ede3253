namespace SpiffeIdentity.Keys;

/// <summary>The kinds of public key that signatures are verified with here.</summary>
internal enum KeyFamily
{
    /// <summary>RSA, RFC 8017.</summary>
    Rsa,

    /// <summary>NIST P-256, also secp256r1.</summary>
    P256,

    /// <summary>NIST P-384, also secp384r1.</summary>
    P384,

    /// <summary>NIST P-521, also secp521r1.</summary>
    P521,
}
