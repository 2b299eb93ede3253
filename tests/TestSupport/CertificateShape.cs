using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TestSupport;

/// <summary>What a <see cref="TestAuthority"/> puts into a certificate; <c>with</c> breaks one rule at a time.</summary>
public sealed record CertificateShape
{
    public string Subject { get; init; } = "";

    public DateTimeOffset NotBefore { get; init; } = TestAuthority.Now.AddMinutes(-2);

    public DateTimeOffset NotAfter { get; init; } = TestAuthority.Now.AddHours(1);

    /// <summary>cA of the basic constraints; null leaves the extension out.</summary>
    public bool? IsAuthority { get; init; }

    public int? PathLength { get; init; }

    /// <summary>Null leaves the extension out.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; }

    public bool HasKeyIdentifier { get; init; } = true;

    public IReadOnlyList<string> Uris { get; init; } = [];

    /// <summary>Bytes to put in place of the first URI, for what no string can say.</summary>
    public byte[]? RawUri { get; init; }

    public IReadOnlyList<string> DnsNames { get; init; } = [];

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    public IReadOnlyList<X509Extension> Extra { get; init; } = [];

    /// <summary>The profile of a signing certificate, X509-SVID §4.</summary>
    public static CertificateShape Authority(string name, int? pathLength = null) => new()
    {
        Subject = $"CN={name}",
        NotAfter = TestAuthority.Now.AddDays(30),
        IsAuthority = true,
        PathLength = pathLength,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
    };

    /// <summary>The profile of a leaf, X509-SVID §4.</summary>
    public static CertificateShape Leaf(string id) => new()
    {
        IsAuthority = false,
        KeyUsage = X509KeyUsageFlags.DigitalSignature,
        Uris = [id],
    };
}
