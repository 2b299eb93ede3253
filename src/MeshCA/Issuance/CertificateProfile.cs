using MeshCA.Cryptography;

namespace MeshCA.Issuance;

/// <summary>What a certificate of one kind may and must hold: the one table of profiles (docs/certificate-profiles.md prints it).</summary>
/// <remarks>Version 3, positive random serial, SKI and a critical BasicConstraints and KeyUsage hold for every row.</remarks>
internal sealed record CertificateProfile
{
    /// <summary>A workload's X509-SVID: X509-SVID §2-§4, without a subject, so RFC 5280 §4.1.2.6 makes the SAN critical.</summary>
    public static readonly CertificateProfile Leaf = new()
    {
        Kind = CertificateKind.Leaf,
        SubjectIsEmpty = true,
        Names = NameForm.OneSpiffeId,
        ExtendedKeyUsages = [Oids.ServerAuth, Oids.ClientAuth],
        MayNameList = true,
    };

    /// <summary>The certificate of this service's own TLS ports, named by DNS like istiod's.</summary>
    public static readonly CertificateProfile Serving = new()
    {
        Kind = CertificateKind.Serving,
        SubjectIsEmpty = true,
        Names = NameForm.DnsNames,
        ExtendedKeyUsages = [Oids.ServerAuth],
    };

    /// <summary>The X509-SVID of this service's own bundle endpoint under <c>https_spiffe</c> (Federation §5.2.2).</summary>
    public static readonly CertificateProfile BundleEndpoint = new()
    {
        Kind = CertificateKind.BundleEndpoint,
        SubjectIsEmpty = true,
        Names = NameForm.OneSpiffeId,
        ExtendedKeyUsages = [Oids.ServerAuth, Oids.ClientAuth],
    };

    /// <summary>A self-signed root: signs intermediates and, in a rotation, the next root's cross-certificate.</summary>
    public static readonly CertificateProfile Root = new()
    {
        Kind = CertificateKind.Root,
        IsAuthority = true,
        IsSelfSigned = true,
        PathLength = 2,
    };

    /// <summary>A new root's key certified by the old root.</summary>
    public static readonly CertificateProfile Cross = new()
    {
        Kind = CertificateKind.Cross,
        IsAuthority = true,
        PathLength = 1,
    };

    /// <summary>The authority that signs leaves.</summary>
    public static readonly CertificateProfile Intermediate = new()
    {
        Kind = CertificateKind.Intermediate,
        IsAuthority = true,
        PathLength = 0,
    };

    /// <summary>Every profile.</summary>
    public static readonly IReadOnlyList<CertificateProfile> All = [Leaf, Serving, BundleEndpoint, Root, Cross, Intermediate];

    private CertificateProfile()
    {
    }

    /// <summary>The kind the profile is for.</summary>
    public required CertificateKind Kind { get; init; }

    /// <summary>Whether the subject is the empty sequence.</summary>
    public bool SubjectIsEmpty { get; private init; }

    /// <summary>What the SubjectAltName extension holds.</summary>
    public NameForm Names { get; private init; }

    /// <summary>ExtendedKeyUsage in order; empty leaves the extension out, since some stacks apply it to the whole chain.</summary>
    public IReadOnlyList<string> ExtendedKeyUsages { get; private init; } = [];

    /// <summary>Whether CRLDistributionPoints may say where the signer's revocation list is.</summary>
    public bool MayNameList { get; private init; }

    /// <summary>Whether cA is true, with keyCertSign and cRLSign.</summary>
    public bool IsAuthority { get; private init; }

    /// <summary>Whether issuer and subject are the same key; then there is no AKI.</summary>
    public bool IsSelfSigned { get; private init; }

    /// <summary>pathLenConstraint of an authority.</summary>
    public int PathLength { get; private init; }

    /// <summary>The KeyUsage bits for a key, RFC 5280 §4.2.1.3.</summary>
    public KeyUsages KeyUsagesFor(KeyAlgorithm algorithm) => (IsAuthority, algorithm) switch
    {
        (true, _) => KeyUsages.KeyCertSign | KeyUsages.CrlSign,

        // RSA key transport is what keyEncipherment allows; an EC key cannot do it.
        (false, KeyAlgorithm.Rsa) => KeyUsages.DigitalSignature | KeyUsages.KeyEncipherment,
        (false, _) => KeyUsages.DigitalSignature,
    };
}

/// <summary>What a SubjectAltName extension holds.</summary>
internal enum NameForm
{
    /// <summary>The extension is absent.</summary>
    None,

    /// <summary>Exactly one URI, a SPIFFE ID with a path; behind it the DNS names, if any, that the issuance policy permits.</summary>
    OneSpiffeId,

    /// <summary>One or more DNS names.</summary>
    DnsNames,
}

/// <summary>The KeyUsage bits this CA sets, numbered as the bits of RFC 5280 §4.2.1.3 in DER order.</summary>
[Flags]
internal enum KeyUsages
{
    /// <summary>No bit.</summary>
    None = 0,

    /// <summary>cRLSign (6).</summary>
    CrlSign = 0x02,

    /// <summary>keyCertSign (5).</summary>
    KeyCertSign = 0x04,

    /// <summary>keyEncipherment (2).</summary>
    KeyEncipherment = 0x20,

    /// <summary>digitalSignature (0).</summary>
    DigitalSignature = 0x80,
}
