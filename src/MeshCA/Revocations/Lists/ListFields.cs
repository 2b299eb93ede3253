using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;
using MeshCA.Cryptography;
using MeshCA.Issuance;

namespace MeshCA.Revocations.Lists;

/// <summary>The fields of a certificate revocation list, RFC 5280 §5.1, as a second parser reads them.</summary>
internal sealed class ListFields
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 0);

    private ListFields()
    {
    }

    /// <summary>OID of the signature algorithm.</summary>
    public required string SignatureAlgorithm { get; init; }

    /// <summary>DER of the issuer.</summary>
    public required ReadOnlyMemory<byte> Issuer { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>When the next one is there at the latest.</summary>
    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>The serials that it names, in order; those longer than this CA draws are zero.</summary>
    public required IReadOnlyList<SerialNumber> Serials { get; init; }

    /// <summary>Its number.</summary>
    public required BigInteger Number { get; init; }

    /// <summary>Key identifier of its issuer in lower-case hexadecimal.</summary>
    public required string Authority { get; init; }

    /// <summary>Whether it has an extension that limits what it covers, or another one that must be understood (§5.2).</summary>
    public required bool IsLimited { get; init; }

    /// <summary>Reads to-be-signed bytes; nothing may follow them.</summary>
    /// <param name="der">The bytes; untrusted.</param>
    /// <param name="fields">The fields, or null.</param>
    /// <returns>Whether they are a list of version 2 with number, key identifier and next update, as §5.1.2 and §5.2 demand.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out ListFields? fields)
    {
        try
        {
            fields = Read(der);
            return true;
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            fields = null;
            return false;
        }
    }

    /// <summary>Divides a signed list.</summary>
    /// <param name="der">The list; untrusted.</param>
    /// <param name="tbs">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>Whether it has the form of one.</returns>
    public static bool TryDivide(ReadOnlyMemory<byte> der, out ReadOnlyMemory<byte> tbs, out byte[] signature)
    {
        (tbs, signature) = (default, []);
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var list = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            tbs = list.ReadEncodedValue();
            list.ReadSequence();
            signature = list.ReadBitString(out _);
            list.ThrowIfNotEmpty();
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static ListFields Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var tbs = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        if (tbs.ReadInteger() != 1)
        {
            throw new AsnContentException("not version 2");
        }

        var algorithm = tbs.ReadSequence().ReadObjectIdentifier();
        var issuer = tbs.ReadEncodedValue();
        var (thisUpdate, nextUpdate) = (ReadTime(tbs), ReadTime(tbs));
        var serials = tbs.HasData && tbs.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadEntries(tbs.ReadSequence()) : [];
        var (number, authority, isLimited) = ReadExtensions(tbs.ReadSequence(ExtensionsTag));
        tbs.ThrowIfNotEmpty();
        return new()
        {
            SignatureAlgorithm = algorithm,
            Issuer = issuer,
            ThisUpdate = thisUpdate,
            NextUpdate = nextUpdate,
            Serials = serials,
            Number = number ?? throw new AsnContentException("no number"),
            Authority = authority ?? throw new AsnContentException("no key identifier"),
            IsLimited = isLimited,
        };
    }

    private static List<SerialNumber> ReadEntries(AsnReader entries)
    {
        var serials = new List<SerialNumber>();
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            var serial = entry.ReadInteger();
            serials.Add(serial.Sign > 0 && SerialNumber.TryRead(serial.ToByteArray(isUnsigned: true, isBigEndian: true), out var read) ? read : default);
            ReadTime(entry);
        }

        return serials;
    }

    private static (BigInteger? Number, string? Authority, bool IsLimited) ReadExtensions(AsnReader wrapper)
    {
        var (number, authority, isLimited) = (default(BigInteger?), default(string), false);
        var extensions = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            isLimited |= extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            var value = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.DER);
            extension.ThrowIfNotEmpty();
            switch (oid)
            {
                case Oids.CrlNumber:
                    number = value.ReadInteger();
                    break;
                case Oids.AuthorityKeyIdentifier:
                    authority = Convert.ToHexStringLower(value.ReadSequence().ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, 0)));
                    break;
            }
        }

        return (number, authority, isLimited);
    }

    // RFC 5280 §5.1.2.4: UTCTime through 2049, GeneralizedTime from 2050.
    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
