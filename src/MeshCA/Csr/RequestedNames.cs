using System.Formats.Asn1;
using System.Text;
using AuthzEngine.Matching;
using SpiffeIdentity.Der;

namespace MeshCA.Csr;

/// <summary>The DNS names that a CSR asks for, in the SubjectAltName of its extension request (RFC 2985 §5.4.2). A wish, never a proof.</summary>
/// <remarks>Only an issuance policy lets any of them into a certificate. <c>default</c> asks for none.</remarks>
internal readonly struct RequestedNames
{
    /// <summary>Most names that are read.</summary>
    public const int MaxNames = 32;

    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2); // RFC 5280 §4.2.1.6

    private readonly IReadOnlyList<string>? _names;
    private readonly bool _isMalformed;

    private RequestedNames(IReadOnlyList<string>? names, bool isMalformed) => (_names, _isMalformed) = (names, isMalformed);

    // RFC 2985 §5.4.2: 1.2.840.113549.1.9.14
    private static ReadOnlySpan<byte> ExtensionRequest => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E];

    // RFC 5280 §4.2.1.6: 2.5.29.17
    private static ReadOnlySpan<byte> SubjectAltName => [0x55, 0x1D, 0x11];

    /// <summary>Gets the names.</summary>
    /// <param name="names">The names in lower case, each once.</param>
    /// <returns>False where one of them is no DNS name, or there are too many of them.</returns>
    public bool TryRead(out IReadOnlyList<string> names)
    {
        names = _names ?? [];
        return !_isMalformed;
    }

    /// <summary>Reads the names off attributes. What is no DNS name of an extension request is passed over; nothing is allocated for it.</summary>
    /// <param name="attributes">The content of the attributes, well-formed; untrusted.</param>
    public static RequestedNames Of(ReadOnlySpan<byte> attributes)
    {
        List<string>? names = null;
        var isMalformed = false;
        var reader = new DerReader(attributes);
        while (!isMalformed && reader.TryReadSequence(out var attribute))
        {
            if (attribute.TryReadOid(out var type) && type.SequenceEqual(ExtensionRequest)
                && attribute.TryRead(Asn1Tag.SetOf, out var values))
            {
                isMalformed = !TryReadExtensions(values, ref names);
            }
        }

        return new(isMalformed ? null : names, isMalformed);
    }

    private static bool TryReadExtensions(ReadOnlySpan<byte> values, ref List<string>? names)
    {
        var set = new DerReader(values);
        if (!set.TryReadSequence(out var extensions))
        {
            return false;
        }

        while (!extensions.IsAtEnd)
        {
            if (!extensions.TryReadSequence(out var extension) || !extension.TryReadOid(out var type))
            {
                return false;
            }

            if (type.SequenceEqual(SubjectAltName) && !TryReadNames(extension, ref names))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadNames(DerReader extension, ref List<string>? names)
    {
        extension.TryReadBoolean(out _); // whether it is critical
        if (!extension.TryRead(Asn1Tag.PrimitiveOctetString, out var value))
        {
            return false;
        }

        var outer = new DerReader(value);
        if (!outer.TryReadSequence(out var general))
        {
            return false;
        }

        while (!general.IsAtEnd)
        {
            if (!general.TryReadAny(out var tag, out var content, out _) || (tag == DnsName && !TryAdd(content, ref names)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> content, ref List<string>? names)
    {
        Span<char> text = stackalloc char[256];
        if (content.Length >= text.Length || Encoding.ASCII.GetChars(content, text) != content.Length)
        {
            return false;
        }

        var name = text[..content.Length];
        if (!DnsNamePattern.IsName(name))
        {
            return false;
        }

        var lower = name.ToString().ToLowerInvariant();
        names ??= [];
        if (names.Contains(lower))
        {
            return true;
        }

        names.Add(lower);
        return names.Count <= MaxNames;
    }
}
