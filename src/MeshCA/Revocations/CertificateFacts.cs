using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;

namespace MeshCA.Revocations;

/// <summary>What revocations look at in a certificate.</summary>
/// <param name="Serial">Its serial number; <c>default</c> for one longer than this CA draws.</param>
/// <param name="Key">SHA-256 of its SubjectPublicKeyInfo.</param>
/// <param name="Authority">Key identifier of its signer in lower-case hexadecimal; empty where it names none.</param>
internal sealed record CertificateFacts(SerialNumber Serial, Fingerprint Key, string Authority)
{
    private static readonly Asn1Tag KeyIdentifierTag = new(TagClass.ContextSpecific, 0);

    /// <summary>Reads a certificate.</summary>
    /// <param name="der">The certificate; untrusted, its signature is not looked at.</param>
    /// <param name="facts">The facts, or null.</param>
    /// <returns>Whether it has the form of one.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out CertificateFacts? facts)
    {
        try
        {
            var tbs = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadEncodedValue();
            facts = TbsCertificate.TryRead(tbs, out var certificate) ? Of(certificate) : null;
        }
        catch (AsnContentException)
        {
            facts = null;
        }

        return facts is not null;
    }

    private static CertificateFacts Of(TbsCertificate certificate)
    {
        // Negative numbers are none of ours, and nothing is found under zero.
        var serial = certificate.Serial.Sign > 0
            && SerialNumber.TryRead(certificate.Serial.ToByteArray(isUnsigned: true, isBigEndian: true), out var read) ? read : default;
        return new(serial, Fingerprint.Of(certificate.SubjectPublicKeyInfo.Span), AuthorityOf(certificate));
    }

    private static string AuthorityOf(TbsCertificate certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid == Oids.AuthorityKeyIdentifier)
            {
                var content = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadSequence();
                return content.HasData && content.PeekTag().HasSameClassAndValue(KeyIdentifierTag)
                    ? Convert.ToHexStringLower(content.ReadOctetString(KeyIdentifierTag))
                    : "";
            }
        }

        return "";
    }
}
