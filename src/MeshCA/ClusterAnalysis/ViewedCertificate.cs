using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Pem;

namespace MeshCA.ClusterAnalysis;

/// <summary>A certificate, as far as an analysis looks.</summary>
/// <param name="Der">The certificate.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="NotAfter">Its end.</param>
internal sealed record ViewedCertificate(ReadOnlyMemory<byte> Der, string Subject, DateTimeOffset NotAfter)
{
    private const int MaxCertificates = 64;

    /// <summary>SHA-256 of the certificate; what tells one from another.</summary>
    public string Fingerprint { get; } = MeshCA.Cryptography.Fingerprint.Of(Der.Span).ToString();

    /// <summary>What people are shown of it.</summary>
    public string Describe() => $"`{Subject}` (SHA-256 {Fingerprint[..16]})";

    /// <inheritdoc />
    public bool Equals(ViewedCertificate? other) => other is not null && Fingerprint == other.Fingerprint;

    /// <inheritdoc />
    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);

    /// <summary>Reads the certificates of a text.</summary>
    /// <param name="pem">The text; untrusted.</param>
    /// <returns>The certificates; null where it is not one or more of them and nothing else.</returns>
    public static IReadOnlyList<ViewedCertificate>? ReadPem(ReadOnlySpan<char> pem)
    {
        if (!CertificatePem.TryRead(pem, X509Bundle.MaxPemLength, MaxCertificates, out var blocks, out _))
        {
            return null;
        }

        var read = new List<ViewedCertificate>(blocks.Count);
        foreach (var block in blocks)
        {
            if (Read(block) is not { } certificate)
            {
                return null;
            }

            read.Add(certificate);
        }

        return read;
    }

    // The platform's reader throws on malformed input.
    private static ViewedCertificate? Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return new(der, certificate.Subject, certificate.NotAfter.ToUniversalTime());
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
