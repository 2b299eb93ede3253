using System.Security.Cryptography.X509Certificates;

namespace MeshCA.Authorities;

/// <summary>Tells whether a certificate names itself as issuer.</summary>
internal static class SelfSigned
{
    /// <summary>Whether subject and issuer are byte for byte the same.</summary>
    public static bool Is(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
    }
}

/// <summary>Tells when a certificate ends.</summary>
internal static class CertificateEnd
{
    /// <summary>The end of its validity.</summary>
    public static DateTimeOffset Of(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
    }
}
