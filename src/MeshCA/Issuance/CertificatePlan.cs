using MeshCA.Cryptography;
using SpiffeIdentity;

namespace MeshCA.Issuance;

/// <summary>Everything one certificate will say, decided before a byte of it is written.</summary>
internal sealed record CertificatePlan
{
    /// <summary>The profile it must meet.</summary>
    public required CertificateProfile Profile { get; init; }

    /// <summary>Who signs it.</summary>
    public required IssuerName Issuer { get; init; }

    /// <summary>Its serial number.</summary>
    public required SerialNumber Serial { get; init; }

    /// <summary>The key it certifies.</summary>
    public required SubjectPublicKey PublicKey { get; init; }

    /// <summary>Its subject key identifier.</summary>
    public required ReadOnlyMemory<byte> KeyIdentifier { get; init; }

    /// <summary>Its subject as the DER of a Name; the empty sequence where the profile says so.</summary>
    public ReadOnlyMemory<byte> Subject { get; init; } = DistinguishedName.Empty;

    /// <summary>The SPIFFE ID in it, where the profile has one.</summary>
    public SpiffeId? SpiffeId { get; init; }

    /// <summary>The DNS names in it, where the profile has them or the issuance policy permits some beside the SPIFFE ID.</summary>
    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>URL of its signer's revocation list; null: it names none.</summary>
    public string? DistributionPoint { get; init; }

    /// <summary>Begin of validity, whole seconds.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>End of validity, whole seconds, inclusive.</summary>
    public required DateTimeOffset NotAfter { get; init; }
}

/// <summary>What a certificate says of its signer.</summary>
internal sealed record IssuerName
{
    /// <summary>The signer's subject, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Subject { get; init; }

    /// <summary>The signer's SKI as it stands in its certificate; never computed anew (istio-ca §5.1).</summary>
    public required ReadOnlyMemory<byte> KeyIdentifier { get; init; }

    /// <summary>OID of the algorithm it signs with.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>End of the signer's validity: nothing it signs outlives it.</summary>
    public required DateTimeOffset NotAfter { get; init; }
}
