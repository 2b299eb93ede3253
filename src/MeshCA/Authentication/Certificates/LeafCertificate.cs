using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity;

namespace MeshCA.Authentication.Certificates;

/// <summary>The rule that a client certificate breaks.</summary>
internal enum ClientCertificateError
{
    None,

    /// <summary>Not a certificate, or an extension is not of its form.</summary>
    Malformed,

    /// <summary>Not exactly one URI among the subject alternative names, X509-SVID §2.</summary>
    NotOneUri,

    /// <summary>The URI is not a SPIFFE ID.</summary>
    NotSpiffeId,

    /// <summary>The SPIFFE ID has no path: a trust domain's own, never a leaf's, X509-SVID §5.2.</summary>
    NoPath,

    /// <summary>The SPIFFE ID is of a trust domain that is not ours.</summary>
    OtherTrustDomain,

    /// <summary>Basic constraints say that it is an authority, X509-SVID §4.1.</summary>
    IsAuthority,

    /// <summary>Key usage is missing, not critical, lacks digitalSignature, or has keyCertSign or cRLSign, X509-SVID §4.3.</summary>
    BadKeyUsage,

    /// <summary>Extended key usage is there without clientAuth, X509-SVID §4.4.</summary>
    NotForClients,

    /// <summary>The present lies outside the validity.</summary>
    OutsideValidity,

    /// <summary>More certificates were presented than any chain of ours has.</summary>
    TooManyCertificates,

    /// <summary>No path leads to a root of the trust bundle.</summary>
    NotTrusted,
}

/// <summary>A client certificate that keeps the rules for leaves, whoever signed it.</summary>
internal sealed class LeafCertificate
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private LeafCertificate(SpiffeId id, X509Certificate2 certificate)
    {
        Id = id;
        Serial = certificate.SerialNumberBytes;
        NotBefore = certificate.NotBefore.ToUniversalTime();
        NotAfter = certificate.NotAfter.ToUniversalTime();
    }

    /// <summary>The identity in it.</summary>
    public SpiffeId Id { get; }

    /// <summary>The serial number, big-endian.</summary>
    public ReadOnlyMemory<byte> Serial { get; }

    /// <summary>Begin of its validity.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>End of its validity, inclusive.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Reads DER and checks the rules for leaves.</summary>
    /// <param name="der">The certificate; untrusted.</param>
    /// <param name="trustDomain">The trust domain it must be of.</param>
    /// <param name="leaf">The leaf, or null.</param>
    /// <param name="error">The first rule broken.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> der, TrustDomain trustDomain, [NotNullWhen(true)] out LeafCertificate? leaf, out ClientCertificateError error)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return TryRead(certificate, trustDomain, out leaf, out error);
        }
        catch (CryptographicException)
        {
            leaf = null;
            error = ClientCertificateError.Malformed;
            return false;
        }
    }

    /// <summary>Checks the rules for leaves.</summary>
    public static bool TryRead(
        X509Certificate2 certificate, TrustDomain trustDomain, [NotNullWhen(true)] out LeafCertificate? leaf, out ClientCertificateError error)
    {
        leaf = null;
        try
        {
            error = ReadId(certificate, out var id);
            if (error == ClientCertificateError.None)
            {
                error = !id!.MemberOf(trustDomain) ? ClientCertificateError.OtherTrustDomain : CheckUsage(certificate);
            }

            leaf = error == ClientCertificateError.None ? new LeafCertificate(id!, certificate) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            error = ClientCertificateError.Malformed;
        }

        return leaf is not null;
    }

    /// <summary>Whether a time lies within the validity, both ends included.</summary>
    public bool IsValidAt(DateTimeOffset time) => time >= NotBefore && time <= NotAfter;

    private static ClientCertificateError ReadId(X509Certificate2 certificate, out SpiffeId? id)
    {
        id = null;
        if (ReadUris(certificate) is not [var uri])
        {
            return ClientCertificateError.NotOneUri;
        }

        return !SpiffeId.TryParse(uri, out id, out _) ? ClientCertificateError.NotSpiffeId
            : id.IsTrustDomainId ? ClientCertificateError.NoPath
            : ClientCertificateError.None;
    }

    // RFC 5280 §4.2.1.6. Two equal URIs are two: what reads the first and what reads the last must agree.
    private static List<string> ReadUris(X509Certificate2 certificate)
    {
        List<string> uris = [];
        foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName))
        {
            var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER);
            var names = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }

        return uris;
    }

    private static ClientCertificateError CheckUsage(X509Certificate2 certificate) => certificate.Extensions switch
    {
        var all when all.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority) =>
            ClientCertificateError.IsAuthority,
        var all when all.OfType<X509KeyUsageExtension>().ToArray() is not [{ Critical: true } usage]
            || !IsLeafUsage(usage.KeyUsages) => ClientCertificateError.BadKeyUsage,
        var all when all.OfType<X509EnhancedKeyUsageExtension>().Any(purposes => !AllowsClients(purposes)) =>
            ClientCertificateError.NotForClients,
        _ => ClientCertificateError.None,
    };

    private static bool IsLeafUsage(X509KeyUsageFlags usage) =>
        (usage & (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign))
            == X509KeyUsageFlags.DigitalSignature;

    private static bool AllowsClients(X509EnhancedKeyUsageExtension purposes) =>
        purposes.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == ClientAuthentication);
}
