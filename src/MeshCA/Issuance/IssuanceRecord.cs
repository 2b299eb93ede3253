using MeshCA.Cryptography;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Issuance;

/// <summary>What kind of certificate a journal record is about. The numbers are stored; never reuse one.</summary>
internal enum CertificateKind
{
    /// <summary>A self-signed root.</summary>
    Root = 1,

    /// <summary>An intermediate that signs leaves.</summary>
    Intermediate = 2,

    /// <summary>A new root's key certified by the old root.</summary>
    Cross = 3,

    /// <summary>The certificate of this service's own TLS ports.</summary>
    Serving = 4,

    /// <summary>A workload's X509-SVID.</summary>
    Leaf = 5,

    /// <summary>A workload's JWT-SVID: no certificate, but issued and recorded like one.</summary>
    JwtSvid = 6,

    /// <summary>The X509-SVID of this service's own bundle endpoint.</summary>
    BundleEndpoint = 7,
}

/// <summary>One issued certificate, as the journal keeps it: enough to say who holds what, why, and since when.</summary>
internal sealed record IssuanceRecord
{
    /// <summary>What kind of certificate.</summary>
    public required CertificateKind Kind { get; init; }

    /// <summary>The serial number, unique per authority; of a JWT-SVID its <c>jti</c>.</summary>
    public required SerialNumber Serial { get; init; }

    /// <summary>The identity in the certificate; null where it holds none (authorities, serving).</summary>
    public SpiffeId? Subject { get; init; }

    /// <summary>SHA-256 of the certificate's DER; of a JWT-SVID, of its compact form.</summary>
    public required Fingerprint Certificate { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo; of a JWT-SVID, which certifies none, of the key that signed it.</summary>
    public required Fingerprint Key { get; init; }

    /// <summary>Begin of validity, whole seconds, UTC.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>End of validity, whole seconds, UTC, inclusive.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Lifetime the request asked for; zero where it asked for none.</summary>
    public TimeSpan RequestedLifetime { get; init; }

    /// <summary>The signing authority's id: its subject key identifier in hexadecimal; of a JWT-SVID the <c>kid</c>.</summary>
    public required string Authority { get; init; }

    /// <summary>How the caller proved its identity; null for certificates the CA issues to itself.</summary>
    public AuthenticationEvidence? Evidence { get; init; }

    /// <summary>Sequence of the trust bundle delivered with the certificate; 0 where none was.</summary>
    public ulong BundleSequence { get; init; }

    /// <summary>The caller's transport address, such as <c>ipv4:10.1.2.3:4711</c>; null for the CA itself.</summary>
    public string? Peer { get; init; }

    /// <summary>For whom a JWT-SVID is, one name a line; null for certificates.</summary>
    public string? Audience { get; init; }

    /// <summary>When the certificate was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }
}
