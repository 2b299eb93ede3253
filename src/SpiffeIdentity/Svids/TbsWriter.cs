using System.Formats.Asn1;
using System.Security.Cryptography;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Svids;

/// <summary>Writes the to-be-signed bytes of certificates, RFC 5280 §4.1.2, in the profile of X509-SVID §4.</summary>
internal static class TbsWriter
{
    private const int KeyIdentifierLength = 20;

    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 3, isConstructed: true);
    private static readonly Asn1Tag KeyIdentifier = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    // RFC 5280 §4.1.2.5: the year that the two digits of a UTCTime reach to.
    private const int LastShortYear = 2049;

    /// <summary>Writes the bytes.</summary>
    /// <param name="plan">What the certificate says.</param>
    /// <param name="issuer">The issuer's name in DER.</param>
    /// <param name="issuerKeyIdentifier">Names the issuer's key; empty for a self-signed certificate, which names only its own.</param>
    /// <param name="signatureAlgorithm">The AlgorithmIdentifier of the signature in DER.</param>
    /// <returns>DER.</returns>
    public static byte[] Write(
        X509SvidPlan plan, ReadOnlySpan<byte> issuer, ReadOnlySpan<byte> issuerKeyIdentifier, ReadOnlySpan<byte> signatureAlgorithm)
    {
        var publicKey = plan.PublicKey.Encode();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Version))
            {
                writer.WriteInteger(2); // version 3
            }

            writer.WriteIntegerUnsigned(Trim(plan.SerialNumber.Span));
            writer.WriteEncodedValue(signatureAlgorithm);
            writer.WriteEncodedValue(issuer);
            using (writer.PushSequence())
            {
                WriteTime(writer, plan.NotBefore);
                WriteTime(writer, plan.NotAfter);
            }

            writer.WriteEncodedValue(SubjectOf(plan));
            writer.WriteEncodedValue(publicKey);
            using (writer.PushSequence(Extensions))
            using (writer.PushSequence())
            {
                WriteExtensions(writer, plan, KeyIdentifierOf(publicKey), issuerKeyIdentifier);
            }
        }

        return writer.Encode();
    }

    /// <summary>The name of a certificate: empty for a leaf, whose name is its SPIFFE ID.</summary>
    /// <param name="plan">What the certificate says.</param>
    /// <returns>DER.</returns>
    public static byte[] SubjectOf(X509SvidPlan plan)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (plan.CommonName is { } name)
            {
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteEncodedValue(Oids.CommonName.ToOid());
                    writer.WriteCharacterString(UniversalTagNumber.UTF8String, name);
                }
            }
        }

        return writer.Encode();
    }

    /// <summary>Names a key, RFC 7093 §2 method 1: the first 160 bits of SHA-256 over it, since SHA-1 proves nothing.</summary>
    /// <param name="subjectPublicKeyInfo">The key in DER, well-formed.</param>
    /// <returns>20 bytes.</returns>
    public static byte[] KeyIdentifierOf(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var outer = new DerReader(subjectPublicKeyInfo);
        return outer.TryReadSequence(out var info) && info.TryReadSequence(out _) && info.TryReadBits(out var bits)
            ? SHA256.HashData(bits)[..KeyIdentifierLength]
            : throw new ArgumentException("no SubjectPublicKeyInfo", nameof(subjectPublicKeyInfo));
    }

    private static void WriteExtensions(
        AsnWriter writer, X509SvidPlan plan, byte[] keyIdentifier, ReadOnlySpan<byte> issuerKeyIdentifier)
    {
        // X509-SVID §4.3: critical; keyCertSign and cRLSign never stand beside digitalSignature.
        WriteExtension(writer, Oids.KeyUsage, isCritical: true, value => value.WriteNamedBitList(
            plan.IsAuthority ? KeyUsages.KeyCertSign | KeyUsages.CrlSign : KeyUsages.DigitalSignature));
        if (!plan.IsAuthority)
        {
            WriteExtension(writer, Oids.ExtendedKeyUsage, isCritical: false, value =>
            {
                using (value.PushSequence())
                {
                    value.WriteEncodedValue(Oids.ServerAuthentication.ToOid());
                    value.WriteEncodedValue(Oids.ClientAuthentication.ToOid());
                }
            });
        }

        WriteExtension(writer, Oids.BasicConstraints, isCritical: true, value => WriteBasicConstraints(value, plan));
        WriteExtension(writer, Oids.SubjectKeyIdentifier, isCritical: false, value => value.WriteOctetString(keyIdentifier));
        if (!issuerKeyIdentifier.IsEmpty)
        {
            var issuerKey = issuerKeyIdentifier.ToArray();
            WriteExtension(writer, Oids.AuthorityKeyIdentifier, isCritical: false, value =>
            {
                using (value.PushSequence())
                {
                    value.WriteOctetString(issuerKey, KeyIdentifier);
                }
            });
        }

        // RFC 5280 §4.2.1.6: MUST be critical where the subject is empty.
        WriteExtension(writer, Oids.SubjectAlternativeName, isCritical: !plan.IsAuthority, value => WriteNames(value, plan));
    }

    private static void WriteBasicConstraints(AsnWriter writer, X509SvidPlan plan)
    {
        using (writer.PushSequence())
        {
            if (plan.IsAuthority)
            {
                writer.WriteBoolean(true);
            }

            if (plan.PathLength is { } length)
            {
                writer.WriteInteger(length);
            }
        }
    }

    private static void WriteNames(AsnWriter writer, X509SvidPlan plan)
    {
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, plan.Id.ToString(), Uri);
            foreach (var name in plan.DnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, DnsName);
            }
        }
    }

    private static void WriteExtension(AsnWriter writer, ReadOnlySpan<byte> oid, bool isCritical, Action<AsnWriter> write)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        write(value);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(oid.ToOid());
            if (isCritical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString(value.Encode());
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time.UtcDateTime.Year <= LastShortYear)
        {
            writer.WriteUtcTime(time, LastShortYear);
        }
        else
        {
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> number) => number.TrimStart((byte)0);

    [Flags]
    private enum KeyUsages
    {
        // RFC 5280 §4.2.1.3: bit 0 is the first of the BIT STRING, and of AsnWriter's lists.
        DigitalSignature = 1 << 0,
        KeyCertSign = 1 << 5,
        CrlSign = 1 << 6,
    }
}
