using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Authorities.Supplied;

/// <summary>A root that was made elsewhere, checked completely before anybody is told to trust it.</summary>
internal sealed class SuppliedRoot : IDisposable
{
    /// <summary>Longest PEM of one part, in characters.</summary>
    public const int MaxPemLength = 1 << 16;

    private SuppliedRoot(string id, ReadOnlyMemory<byte> certificate, ReadOnlyMemory<byte>? cross, SigningKey? key)
    {
        Id = id;
        Certificate = certificate;
        Cross = cross;
        Key = key;
    }

    /// <summary>Its subject key identifier in hexadecimal.</summary>
    public string Id { get; }

    /// <summary>The self-signed certificate in DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>Its key certified by the present root; null where that is left to us.</summary>
    public ReadOnlyMemory<byte>? Cross { get; }

    /// <summary>Its private key; null where that stays elsewhere.</summary>
    public SigningKey? Key { get; }

    /// <summary>Checks what was supplied.</summary>
    /// <param name="certificatePem">One certificate; untrusted.</param>
    /// <param name="crossPem">One certificate, or empty; untrusted.</param>
    /// <param name="keyPem">An unencrypted key, or empty; untrusted.</param>
    /// <param name="trustDomain">The trust domain it is to vouch for.</param>
    /// <param name="active">The active root's certificate.</param>
    /// <param name="now">The time at which all must be valid.</param>
    /// <param name="root">The root, or null.</param>
    /// <param name="fault">The first fault, or null.</param>
    public static bool TryParse(
        string certificatePem,
        string crossPem,
        string keyPem,
        TrustDomain trustDomain,
        ReadOnlyMemory<byte> active,
        DateTimeOffset now,
        [NotNullWhen(true)] out SuppliedRoot? root,
        [NotNullWhen(false)] out string? fault)
    {
        root = null;
        SigningKey? key = null;
        try
        {
            ReadOnlyMemory<byte>? cross = null;
            fault = SuppliedCertificates.ReadOne("root", certificatePem, out var certificate)
                ?? CheckRoot(certificate, trustDomain, now)
                ?? ReadCross(crossPem, certificate, trustDomain, active, now, out cross)
                ?? ReadKey(keyPem, certificate, out key);
            root = fault is null ? new SuppliedRoot(SuppliedCertificates.IdOf(certificate), certificate, cross, key) : null;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            fault = "the root or its cross-certificate cannot be decoded";
        }
        finally
        {
            if (root is null)
            {
                key?.Dispose();
            }
        }

        return root is not null;
    }

    /// <inheritdoc />
    public void Dispose() => Key?.Dispose();

    private static string? CheckRoot(ReadOnlyMemory<byte> der, TrustDomain trustDomain, DateTimeOffset now)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        if (!SelfSigned.Is(der) || !X509Bundle.TryCreate(trustDomain, [der], out _, out _))
        {
            return "the root is not self-signed, or no certificate that a trust bundle can hold";
        }

        return SuppliedCertificates.CheckAuthority("root", certificate, now, minPathLength: 1)
            ?? (SuppliedCertificates.SignedBy(der, der) ? null : "the root's own signature does not verify");
    }

    private static string? ReadCross(
        string pem,
        ReadOnlyMemory<byte> root,
        TrustDomain trustDomain,
        ReadOnlyMemory<byte> active,
        DateTimeOffset now,
        out ReadOnlyMemory<byte>? cross)
    {
        cross = null;
        if (pem.Length == 0)
        {
            return null;
        }

        if (SuppliedCertificates.ReadOne("cross-certificate", pem, out var read) is { } fault)
        {
            return fault;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(read.Span);
        using var certified = X509CertificateLoader.LoadCertificate(root.Span);
        var isSameKey = certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certified.PublicKey.ExportSubjectPublicKeyInfo());
        if (!isSameKey
            || !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certified.SubjectName.RawData)
            || SuppliedCertificates.IdOf(read) != SuppliedCertificates.IdOf(root))
        {
            return "the cross-certificate has not the root's subject, key and subject key identifier";
        }

        cross = read;
        return SuppliedCertificates.CheckAuthority("cross-certificate", certificate, now, minPathLength: 1)
            ?? (SuppliedCertificates.SignedBy(read, active) ? null : "the cross-certificate is not signed by the active root");
    }

    private static string? ReadKey(string pem, ReadOnlyMemory<byte> root, out SigningKey? key)
    {
        key = null;
        if (pem.Length == 0)
        {
            return null;
        }

        if (pem.Length > MaxPemLength || !SigningKey.TryImportPem(pem, out key))
        {
            return "the key is no unencrypted PEM key on P-256, P-384 or RSA";
        }

        using var certificate = X509CertificateLoader.LoadCertificate(root.Span);
        return key.Matches(certificate.PublicKey.ExportSubjectPublicKeyInfo()) ? null : "the key is not the root's";
    }
}
