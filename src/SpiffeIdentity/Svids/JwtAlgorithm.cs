namespace SpiffeIdentity.Svids;

/// <summary>The signature algorithms that JWT-SVIDs may have, by their <c>alg</c> (JWT-SVID §2.1, RFC 7518 §3.1).</summary>
/// <remarks>No <c>none</c>, no HMAC: a public key must never be usable as a shared secret (RFC 8725 §3.1).</remarks>
public enum JwtAlgorithm
{
    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256.</summary>
    RS256 = 1,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-384.</summary>
    RS384,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-512.</summary>
    RS512,

    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    ES256,

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    ES384,

    /// <summary>ECDSA on P-521 with SHA-512.</summary>
    ES512,

    /// <summary>RSASSA-PSS with SHA-256.</summary>
    PS256,

    /// <summary>RSASSA-PSS with SHA-384.</summary>
    PS384,

    /// <summary>RSASSA-PSS with SHA-512.</summary>
    PS512,
}
