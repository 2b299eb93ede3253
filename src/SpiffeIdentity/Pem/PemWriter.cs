using System.Security.Cryptography;
using System.Text;

namespace SpiffeIdentity.Pem;

/// <summary>Writes PEM blocks as RFC 7468 §2 asks generators to: 64 columns, LF.</summary>
public static class PemWriter
{
    /// <summary>The label of a certificate, RFC 7468 §5.1.</summary>
    public const string CertificateLabel = "CERTIFICATE";

    /// <summary>Writes one certificate.</summary>
    /// <param name="certificate">The certificate in DER.</param>
    /// <returns>The block with a line end behind its last line: readers that concatenate blocks need it.</returns>
    public static string WriteCertificate(ReadOnlySpan<byte> certificate) =>
        string.Concat(PemEncoding.WriteString(CertificateLabel, certificate), "\n");

    /// <summary>Writes certificates one after the other.</summary>
    /// <param name="certificates">The certificates in DER.</param>
    /// <returns>The blocks, each with a line end behind its last line; the empty text for none.</returns>
    public static string WriteCertificates(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        var text = new StringBuilder();
        foreach (var certificate in certificates)
        {
            text.Append(PemEncoding.WriteString(CertificateLabel, certificate.Span)).Append('\n');
        }

        return text.ToString();
    }
}
