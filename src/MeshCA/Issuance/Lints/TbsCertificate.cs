using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;

namespace MeshCA.Issuance.Lints;

/// <summary>The fields of to-be-signed bytes, RFC 5280 §4.1, as a second parser reads them.</summary>
internal sealed class TbsCertificate
{
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3);

    private TbsCertificate()
    {
    }

    /// <summary>The version number: 2 means v3.</summary>
    public required int Version { get; init; }

    /// <summary>The serial number, signed as encoded.</summary>
    public required BigInteger Serial { get; init; }

    /// <summary>DER of the signature AlgorithmIdentifier.</summary>
    public required ReadOnlyMemory<byte> SignatureAlgorithm { get; init; }

    /// <summary>DER of the issuer.</summary>
    public required ReadOnlyMemory<byte> Issuer { get; init; }

    /// <summary>Begin of validity.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>End of validity.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>DER of the subject.</summary>
    public required ReadOnlyMemory<byte> Subject { get; init; }

    /// <summary>DER of the SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; init; }

    /// <summary>The extensions in order; the values are the content of each OCTET STRING.</summary>
    public required IReadOnlyList<TbsExtension> Extensions { get; init; }

    /// <summary>Reads to-be-signed bytes; nothing may follow them.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out TbsCertificate? certificate)
    {
        try
        {
            certificate = Read(der);
            return true;
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            certificate = null;
            return false;
        }
    }

    private static TbsCertificate Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var tbs = outer.ReadSequence();
        outer.ThrowIfNotEmpty();

        var versionReader = tbs.ReadSequence(VersionTag);
        var version = (int)versionReader.ReadInteger();
        versionReader.ThrowIfNotEmpty();
        var serial = tbs.ReadInteger();
        var signatureAlgorithm = tbs.ReadEncodedValue();
        var issuer = tbs.ReadEncodedValue();
        var validity = tbs.ReadSequence();
        var notBefore = ReadTime(validity);
        var notAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        var certificate = new TbsCertificate
        {
            Version = version,
            Serial = serial,
            SignatureAlgorithm = signatureAlgorithm,
            Issuer = issuer,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Subject = tbs.ReadEncodedValue(),
            SubjectPublicKeyInfo = tbs.ReadEncodedValue(),
            Extensions = ReadExtensions(tbs.ReadSequence(ExtensionsTag)),
        };
        tbs.ThrowIfNotEmpty();
        return certificate;
    }

    private static List<TbsExtension> ReadExtensions(AsnReader wrapper)
    {
        var sequence = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        var extensions = new List<TbsExtension>(6);
        while (sequence.HasData)
        {
            var extension = sequence.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            extensions.Add(new TbsExtension(oid, critical, extension.ReadOctetString()));
            extension.ThrowIfNotEmpty();
        }

        return extensions;
    }

    // RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}

/// <summary>One extension of a certificate.</summary>
internal sealed record TbsExtension(string Oid, bool Critical, ReadOnlyMemory<byte> Value);
