using System.Formats.Asn1;
using SpiffeIdentity.Der;

namespace MeshCA.Csr;

/// <summary>The parts of a CSR that only have to be well-formed: what they ask for counts for nothing by itself.</summary>
/// <remarks>
/// The identity comes from the authenticated caller alone; DNS names that a policy permits are read by <see cref="RequestedNames"/>. The order within a SET, which DER fixes, is not checked: no
/// encoder in use sorts attributes, and nothing here depends on it.
/// </remarks>
internal static class RequestContent
{
    /// <summary>Levels of nesting in a name or an attribute; an extension request needs about six.</summary>
    private const int MaxDepth = 16;

    private static readonly Asn1Tag AttributesTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>Reads a Name (RFC 5280 §4.1.2.4): a sequence of sets of pairs; empty is legal.</summary>
    public static bool TryReadSubject(ref DerReader reader)
    {
        if (!reader.TryReadSequence(out var names))
        {
            return false;
        }

        while (!names.IsAtEnd)
        {
            if (!names.TryRead(Asn1Tag.SetOf, out var content) || !IsRelativeName(content))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the attributes (RFC 2986 §4.1): a set, which must be there and may be empty.</summary>
    /// <param name="reader">Stands before them.</param>
    /// <param name="content">The attributes, one after the other.</param>
    public static bool TryReadAttributes(ref DerReader reader, out ReadOnlySpan<byte> content)
    {
        if (!reader.TryRead(AttributesTag, out content))
        {
            return false;
        }

        var attributes = new DerReader(content);
        while (!attributes.IsAtEnd)
        {
            if (!attributes.TryReadSequence(out var attribute)
                || !attribute.TryReadOid(out _)
                || !attribute.TryRead(Asn1Tag.SetOf, out var values)
                || !attribute.IsAtEnd
                || values.IsEmpty
                || !DerReader.IsWellFormed(values, MaxDepth))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsRelativeName(ReadOnlySpan<byte> content)
    {
        var pairs = new DerReader(content);
        while (!pairs.IsAtEnd)
        {
            if (!pairs.TryReadSequence(out var pair)
                || !pair.TryReadOid(out _)
                || !pair.TryReadAny(out _, out _, out var value)
                || !pair.IsAtEnd
                || !DerReader.IsWellFormed(value, MaxDepth))
            {
                return false;
            }
        }

        return !content.IsEmpty;
    }
}
