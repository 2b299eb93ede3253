using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Admin.Inspection;

/// <summary>Reads certificates into reports.</summary>
internal static class CertificateInspector
{
    private const string SubjectAltNameOid = "2.5.29.17";

    private static readonly (X509KeyUsageFlags Flag, string Name)[] KeyUsageNames =
    [
        (X509KeyUsageFlags.DigitalSignature, "digitalSignature"),
        (X509KeyUsageFlags.NonRepudiation, "nonRepudiation"),
        (X509KeyUsageFlags.KeyEncipherment, "keyEncipherment"),
        (X509KeyUsageFlags.DataEncipherment, "dataEncipherment"),
        (X509KeyUsageFlags.KeyAgreement, "keyAgreement"),
        (X509KeyUsageFlags.KeyCertSign, "keyCertSign"),
        (X509KeyUsageFlags.CrlSign, "cRLSign"),
        (X509KeyUsageFlags.EncipherOnly, "encipherOnly"),
        (X509KeyUsageFlags.DecipherOnly, "decipherOnly"),
    ];

    private static readonly Dictionary<string, string> ExtendedKeyUsageNames = new(StringComparer.Ordinal)
    {
        ["1.3.6.1.5.5.7.3.1"] = "serverAuth",
        ["1.3.6.1.5.5.7.3.2"] = "clientAuth",
        ["1.3.6.1.5.5.7.3.3"] = "codeSigning",
        ["1.3.6.1.5.5.7.3.8"] = "timeStamping",
        ["1.3.6.1.5.5.7.3.9"] = "OCSPSigning",
    };

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">PEM or DER; untrusted.</param>
    /// <param name="now">The present, against which validity is shown.</param>
    /// <param name="reports">One report per certificate, in the file's order; null if there is an error.</param>
    /// <param name="error">What is wrong, or <see cref="CertificateInputError.None"/>.</param>
    public static bool TryInspect(
        ReadOnlySpan<byte> content,
        DateTimeOffset now,
        [NotNullWhen(true)] out IReadOnlyList<CertificateReport>? reports,
        out CertificateInputError error)
    {
        reports = null;
        if (!CertificateBlocks.TrySplit(content, out var blocks, out error))
        {
            return false;
        }

        var read = new List<CertificateReport>(blocks.Count);
        foreach (var block in blocks)
        {
            if (!TryRead(block, now, out var report))
            {
                error = CertificateInputError.MalformedCertificate;
                return false;
            }

            read.Add(report);
        }

        reports = read;
        return true;
    }

    // The platform's reader throws on malformed input, in part only when a field is looked at.
    private static bool TryRead(byte[] der, DateTimeOffset now, [NotNullWhen(true)] out CertificateReport? report)
    {
        report = null;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);

            // The loader also takes other forms, and passes over what follows the certificate.
            if (!certificate.RawDataMemory.Span.SequenceEqual(der))
            {
                return false;
            }

            report = Read(certificate, now);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }

        return report is not null;
    }

    private static CertificateReport? Read(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (ReadNames(certificate) is not { } names)
        {
            return null;
        }

        var constraints = Extension<X509BasicConstraintsExtension>(certificate);
        var (notBefore, notAfter) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        return new CertificateReport
        {
            Subject = certificate.Subject,
            Issuer = certificate.Issuer,
            Serial = Convert.ToHexStringLower(certificate.SerialNumberBytes.Span),
            SpiffeId = names.Uris is [var uri] && SpiffeIdentity.SpiffeId.TryParse(uri, out var id, out _) ? id.ToString() : null,
            SubjectAlternativeNames = names.All,
            Key = KeyOf(certificate),
            SignatureAlgorithm = certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value ?? "",
            NotBefore = notBefore.ToUniversalTime(),
            NotAfter = notAfter.ToUniversalTime(),
            State = StateOf(notBefore, notAfter, now),
            SecondsLeft = (long)Math.Floor((notAfter - now).TotalSeconds),
            KeyUsage = KeyUsagesOf(certificate),
            ExtendedKeyUsage = ExtendedKeyUsagesOf(certificate),
            IsAuthority = constraints?.CertificateAuthority,
            PathLength = constraints is { HasPathLengthConstraint: true } ? constraints.PathLengthConstraint : null,
            SubjectKeyId = Hex(Extension<X509SubjectKeyIdentifierExtension>(certificate)?.SubjectKeyIdentifierBytes),
            AuthorityKeyId = Hex(Extension<X509AuthorityKeyIdentifierExtension>(certificate)?.KeyIdentifier),
            Sha256 = Fingerprint.Of(certificate.RawDataMemory.Span).ToString(),
        };
    }

    private static SubjectAlternativeNames? ReadNames(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == SubjectAltNameOid);
        if (extension is null)
        {
            return new SubjectAlternativeNames([], []);
        }

        return SubjectAlternativeNames.TryRead(extension.RawData, out var names) ? names : null;
    }

    private static ValidityState StateOf(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now) =>
        now < notBefore ? ValidityState.NotYetValid
        : now >= notAfter.AddSeconds(1) ? ValidityState.Expired // RFC 5280 §4.1.2.5: the last second is included
        : ValidityState.Valid;

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is not null)
        {
            return $"ECDSA P-{ecdsa.KeySize}";
        }

        using var rsa = certificate.GetRSAPublicKey();
        return rsa is not null
            ? $"RSA {rsa.KeySize}"
            : certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown";
    }

    private static string[] KeyUsagesOf(X509Certificate2 certificate) =>
        Extension<X509KeyUsageExtension>(certificate) is { } usage
            ? [.. KeyUsageNames.Where(known => usage.KeyUsages.HasFlag(known.Flag)).Select(known => known.Name)]
            : [];

    private static string[] ExtendedKeyUsagesOf(X509Certificate2 certificate) =>
        Extension<X509EnhancedKeyUsageExtension>(certificate) is { } usage
            ? [.. usage.EnhancedKeyUsages.Cast<Oid>().Select(oid => ExtendedKeyUsageNames.GetValueOrDefault(oid.Value ?? "", oid.Value ?? ""))]
            : [];

    private static T? Extension<T>(X509Certificate2 certificate)
        where T : X509Extension => certificate.Extensions.OfType<T>().FirstOrDefault();

    private static string? Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Convert.ToHexStringLower(present.Span) : null;
}
