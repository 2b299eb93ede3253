namespace SpiffeIdentity.Svids;

/// <summary>The rule of X509-SVID or RFC 5280 that a chain breaks.</summary>
public enum X509SvidError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>There is no certificate.</summary>
    Empty,

    /// <summary>There are more than <see cref="X509Svid.MaxCertificates"/> certificates, or they are too long.</summary>
    TooLarge,

    /// <summary>The text is not PEM, or holds something other than certificates.</summary>
    MalformedPem,

    /// <summary>A certificate is not DER as RFC 5280 §4.1 has it.</summary>
    MalformedCertificate,

    /// <summary>The leaf has no URI among its alternative names (X509-SVID §2).</summary>
    NoUri,

    /// <summary>The leaf has several URIs, even if all are the same (X509-SVID §2).</summary>
    SeveralUris,

    /// <summary>The leaf's URI is not a SPIFFE ID.</summary>
    BadSpiffeId,

    /// <summary>The leaf's SPIFFE ID has no path (X509-SVID §3.1).</summary>
    NoPath,

    /// <summary>The leaf is marked as an authority (X509-SVID §5.2).</summary>
    LeafIsAuthority,

    /// <summary>The leaf may sign certificates (X509-SVID §5.2).</summary>
    LeafSignsCertificates,

    /// <summary>The leaf may sign CRLs (X509-SVID §5.2).</summary>
    LeafSignsCrls,

    /// <summary>The leaf has no key usage, or one without digitalSignature (X509-SVID §4.3).</summary>
    LeafMayNotSign,

    /// <summary>A further certificate is not marked as an authority that may sign certificates (X509-SVID §4.1, §4.3).</summary>
    NotAnAuthority,

    /// <summary>The bundle belongs to another trust domain than the leaf.</summary>
    OtherTrustDomain,

    /// <summary>The bundle trusts nothing.</summary>
    EmptyBundle,

    /// <summary>A certificate of the path is not valid yet.</summary>
    NotYetValid,

    /// <summary>A certificate of the path is not valid any more.</summary>
    Expired,

    /// <summary>A certificate of the path is signed with MD5 or SHA-1, or by an RSA key outside 2,048 to 8,192 bits.</summary>
    WeakSignature,

    /// <summary>A signature of the path does not verify.</summary>
    BadSignature,

    /// <summary>No path leads from the leaf to an authority of the bundle.</summary>
    NoPathToBundle,

    /// <summary>A path exists and breaks another rule of RFC 5280 §6, such as a path length or a name constraint.</summary>
    PathRefused,

    /// <summary>There is no bundle of the leaf's trust domain.</summary>
    NoBundle,
}
