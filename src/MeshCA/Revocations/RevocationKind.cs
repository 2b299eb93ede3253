namespace MeshCA.Revocations;

/// <summary>What a revocation is about. The numbers are stored; never reuse one.</summary>
internal enum RevocationKind
{
    /// <summary>One SPIFFE ID: a ban.</summary>
    Identity = 1,

    /// <summary>A SPIFFE ID and every one below it: a ban of all of them.</summary>
    Prefix = 2,

    /// <summary>One certificate, by its serial number and issuer.</summary>
    Certificate = 3,

    /// <summary>A public key, whatever certificate it is in.</summary>
    Key = 4,

    /// <summary>An authority below the roots, and with it all that it signed.</summary>
    Authority = 5,
}

/// <summary>The reasons that a list states, numbered as RFC 5280 §5.3.1 has them.</summary>
internal enum RevocationCode
{
    /// <summary>None given; then the list leaves the reason out.</summary>
    Unspecified = 0,

    /// <summary>The private key is known to others.</summary>
    KeyCompromise = 1,

    /// <summary>An authority's private key is known to others.</summary>
    AuthorityCompromise = 2,

    /// <summary>What the certificate says of its holder is not true any more.</summary>
    AffiliationChanged = 3,

    /// <summary>Another certificate took its place.</summary>
    Superseded = 4,

    /// <summary>It is not needed any more.</summary>
    CessationOfOperation = 5,

    /// <summary>Its holder may not do any more what it is for.</summary>
    PrivilegeWithdrawn = 9,
}
