using MeshCA.Cryptography;
using SpiffeIdentity.Pem;

namespace MeshCA.Issuance;

/// <summary>A signed certificate with what was planned for it.</summary>
internal sealed class IssuedCertificate
{
    internal IssuedCertificate(byte[] der, CertificatePlan plan, string authority)
    {
        Der = der;
        Plan = plan;
        Authority = authority;
        Fingerprint = Fingerprint.Of(der);
    }

    /// <summary>The certificate.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>What it says.</summary>
    public CertificatePlan Plan { get; }

    /// <summary>Id of the authority that signed it.</summary>
    public string Authority { get; }

    /// <summary>SHA-256 of the DER.</summary>
    public Fingerprint Fingerprint { get; }

    /// <summary>The certificate in PEM, ending in a newline, as clients concatenate elements.</summary>
    public string ToPem() => PemWriter.WriteCertificate(Der.Span);
}
