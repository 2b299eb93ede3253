using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Net;

namespace MeshCA.Admin.Inspection;

/// <summary>The names in a subjectAltName extension, RFC 5280 §4.2.1.6.</summary>
/// <param name="Uris">The URIs.</param>
/// <param name="All">All names in their order, with their kind, such as <c>URI:spiffe://td/a</c>.</param>
internal sealed record SubjectAlternativeNames(IReadOnlyList<string> Uris, IReadOnlyList<string> All)
{
    /// <summary>Reads the extension's value.</summary>
    /// <param name="extension">GeneralNames in DER; untrusted.</param>
    /// <param name="names">The names, or null.</param>
    /// <returns>Whether the value is well-formed.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> extension, [NotNullWhen(true)] out SubjectAlternativeNames? names)
    {
        try
        {
            names = Read(extension);
        }
        catch (AsnContentException)
        {
            names = null;
        }

        return names is not null;
    }

    private static SubjectAlternativeNames Read(ReadOnlyMemory<byte> extension)
    {
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        List<string> uris = [];
        List<string> all = [];
        while (sequence.HasData)
        {
            var name = ReadName(sequence);
            all.Add(name);
            if (name.StartsWith("URI:", StringComparison.Ordinal))
            {
                uris.Add(name["URI:".Length..]);
            }
        }

        return new SubjectAlternativeNames(uris, all);
    }

    private static string ReadName(AsnReader sequence)
    {
        var tag = sequence.PeekTag();
        return (tag.TagClass, tag.TagValue) switch
        {
            (TagClass.ContextSpecific, 1) => "email:" + sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag),
            (TagClass.ContextSpecific, 2) => "DNS:" + sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag),
            (TagClass.ContextSpecific, 6) => "URI:" + sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag),
            (TagClass.ContextSpecific, 7) => "IP:" + Address(sequence.ReadOctetString(tag)),
            _ => "other:" + Convert.ToHexStringLower(sequence.ReadEncodedValue().Span),
        };
    }

    private static string Address(byte[] octets) =>
        octets.Length is 4 or 16 ? new IPAddress(octets).ToString() : Convert.ToHexStringLower(octets);
}
