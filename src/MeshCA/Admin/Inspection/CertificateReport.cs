using System.Text.Json.Serialization;

namespace MeshCA.Admin.Inspection;

/// <summary>Where a certificate stands in its validity.</summary>
internal enum ValidityState
{
    /// <summary>It begins later.</summary>
    [JsonStringEnumMemberName("notYetValid")]
    NotYetValid,

    /// <summary>It is valid now.</summary>
    [JsonStringEnumMemberName("valid")]
    Valid,

    /// <summary>It has ended.</summary>
    [JsonStringEnumMemberName("expired")]
    Expired,
}

/// <summary>What a certificate says, for people and programs; nothing in it has been verified.</summary>
internal sealed record CertificateReport
{
    /// <summary>Subject name; empty for most SVIDs.</summary>
    public required string Subject { get; init; }

    /// <summary>Issuer name.</summary>
    public required string Issuer { get; init; }

    /// <summary>Serial number in lower-case hexadecimal.</summary>
    public required string Serial { get; init; }

    /// <summary>The SPIFFE ID, where exactly one URI stands in the certificate and is one (X509-SVID §2).</summary>
    public required string? SpiffeId { get; init; }

    /// <summary>Subject alternative names with their kind, such as <c>DNS:istiod.istio-system.svc</c>.</summary>
    public required IReadOnlyList<string> SubjectAlternativeNames { get; init; }

    /// <summary>Kind and size of the public key, such as <c>ECDSA P-256</c>.</summary>
    public required string Key { get; init; }

    /// <summary>How the issuer signed.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>Begin of validity.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>End of validity, inclusive.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Where it stands in its validity now.</summary>
    public required ValidityState State { get; init; }

    /// <summary>Whole seconds until the end; negative once it has ended.</summary>
    public required long SecondsLeft { get; init; }

    /// <summary>Key usages, by the names of RFC 5280 §4.2.1.3.</summary>
    public required IReadOnlyList<string> KeyUsage { get; init; }

    /// <summary>Extended key usages, by name or object identifier.</summary>
    public required IReadOnlyList<string> ExtendedKeyUsage { get; init; }

    /// <summary>Basic constraints' cA; null without the extension.</summary>
    public required bool? IsAuthority { get; init; }

    /// <summary>Basic constraints' path length; null where there is none.</summary>
    public required int? PathLength { get; init; }

    /// <summary>Subject key identifier in lower-case hexadecimal.</summary>
    public required string? SubjectKeyId { get; init; }

    /// <summary>Authority key identifier in lower-case hexadecimal.</summary>
    public required string? AuthorityKeyId { get; init; }

    /// <summary>SHA-256 of the DER in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>JSON of certificate reports.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<CertificateReport>))]
internal sealed partial class CertificateReportJson : JsonSerializerContext;
