using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Globalization;

namespace SpiffeIdentity.Der;

/// <summary>What an X.509 certificate says (RFC 5280 §4.1), read from untrusted DER; no signature is checked here.</summary>
internal sealed class CertificateFields
{
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag IssuerUniqueIdTag = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag SubjectUniqueIdTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);

    private CertificateFields()
    {
    }

    /// <summary>Big-endian, without leading zeros.</summary>
    public required byte[] SerialNumber { get; init; }

    public required byte[] Issuer { get; init; }

    public required byte[] Subject { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required byte[] SubjectPublicKeyInfo { get; init; }

    /// <summary>Content of the signature algorithm's OID.</summary>
    public required byte[] SignatureAlgorithm { get; init; }

    public required CertificateExtensions Extensions { get; init; }

    /// <summary>The bytes that are signed.</summary>
    public required byte[] ToBeSigned { get; init; }

    /// <summary>The signature over them.</summary>
    public required byte[] Signature { get; init; }

    /// <summary>Whether the signature is made with a hash that lets others forge it.</summary>
    public bool HasWeakSignature =>
        SignatureAlgorithm.AsSpan().SequenceEqual(Oids.Md5WithRsaEncryption)
        || SignatureAlgorithm.AsSpan().SequenceEqual(Oids.Sha1WithRsaEncryption)
        || SignatureAlgorithm.AsSpan().SequenceEqual(Oids.EcdsaWithSha1);

    /// <summary>Reads one certificate and nothing behind it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> der, [NotNullWhen(true)] out CertificateFields? fields)
    {
        fields = null;
        var outer = new DerReader(der);
        return outer.TryReadSequence(out var certificate)
            && outer.IsAtEnd
            && certificate.TryReadSequence(out var toBeSigned, out var signed)
            && certificate.TryReadSequence(out _, out var algorithm)
            && certificate.TryReadBits(out var signature)
            && certificate.IsAtEnd
            && TryReadToBeSigned(ref toBeSigned, algorithm, signed, signature, out fields);
    }

    private static bool TryReadToBeSigned(
        ref DerReader reader,
        ReadOnlySpan<byte> outerAlgorithm,
        ReadOnlySpan<byte> signed,
        ReadOnlySpan<byte> signature,
        [NotNullWhen(true)] out CertificateFields? fields)
    {
        fields = null;
        if (!TryReadVersion(ref reader)
            || !reader.TryRead(Asn1Tag.Integer, out var serial) || serial.IsEmpty
            || !reader.TryReadSequence(out var algorithm, out var encodedAlgorithm)
            || !encodedAlgorithm.SequenceEqual(outerAlgorithm) // RFC 5280 §4.1.1.2 MUST be the same
            || !algorithm.TryReadOid(out var algorithmOid)
            || !reader.TryRead(Asn1Tag.Sequence, out _, out var issuer)
            || !TryReadValidity(ref reader, out var notBefore, out var notAfter)
            || !reader.TryRead(Asn1Tag.Sequence, out _, out var subject)
            || !reader.TryRead(Asn1Tag.Sequence, out _, out var publicKey)
            || !TryReadRest(ref reader, out var extensions))
        {
            return false;
        }

        fields = new CertificateFields
        {
            SerialNumber = serial.TrimStart((byte)0).ToArray(),
            Issuer = issuer.ToArray(),
            Subject = subject.ToArray(),
            NotBefore = notBefore,
            NotAfter = notAfter,
            SubjectPublicKeyInfo = publicKey.ToArray(),
            SignatureAlgorithm = algorithmOid.ToArray(),
            Extensions = extensions,
            ToBeSigned = signed.ToArray(),
            Signature = signature.ToArray(),
        };
        return true;
    }

    private static bool TryReadVersion(ref DerReader reader)
    {
        // Absent is version 1: a root from outside may be that old.
        return !reader.IsNext(VersionTag)
            || (reader.TryRead(VersionTag, out var content)
                && new DerReader(content) is var version
                && version.TryReadUnsigned(out var number)
                && number is [1 or 2]
                && version.IsAtEnd);
    }

    private static bool TryReadRest(ref DerReader reader, [NotNullWhen(true)] out CertificateExtensions? extensions)
    {
        extensions = null;
        if ((reader.IsNext(IssuerUniqueIdTag) && !reader.TryRead(IssuerUniqueIdTag, out _))
            || (reader.IsNext(SubjectUniqueIdTag) && !reader.TryRead(SubjectUniqueIdTag, out _)))
        {
            return false;
        }

        if (reader.IsAtEnd)
        {
            extensions = new CertificateExtensions();
            return true;
        }

        return reader.TryRead(ExtensionsTag, out var content)
            && reader.IsAtEnd
            && CertificateExtensions.TryRead(content, out extensions);
    }

    private static bool TryReadValidity(ref DerReader reader, out DateTimeOffset notBefore, out DateTimeOffset notAfter)
    {
        notAfter = notBefore = default;
        return reader.TryReadSequence(out var validity)
            && TryReadTime(ref validity, out notBefore)
            && TryReadTime(ref validity, out notAfter)
            && validity.IsAtEnd;
    }

    /// <summary>RFC 5280 §4.1.2.5: whole seconds of UTC, two digits of the year up to 2049.</summary>
    private static bool TryReadTime(ref DerReader reader, out DateTimeOffset time)
    {
        Span<char> text = stackalloc char[15];
        var isShort = reader.IsNext(Asn1Tag.UtcTime);
        time = default;
        if (!reader.TryRead(isShort ? Asn1Tag.UtcTime : Asn1Tag.GeneralizedTime, out var content)
            || content.Length != (isShort ? 13 : 15)
            || content[^1] != (byte)'Z')
        {
            return false;
        }

        (content[0] < (byte)'5' ? "20" : "19").CopyTo(text);
        for (var i = 0; i < content.Length; i++)
        {
            text[i + 15 - content.Length] = (char)content[i];
        }

        return DateTimeOffset.TryParseExact(
            text[..14], "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
