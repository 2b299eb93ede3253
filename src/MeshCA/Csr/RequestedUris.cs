using System.Formats.Asn1;
using System.Text;
using SpiffeIdentity.Der;
using SpiffeIdentity.Pem;

namespace MeshCA.Csr;

/// <summary>The URIs that a CSR asks for, in the SubjectAltName of its extension request (RFC 2985 §5.4.2), and whether it asks for more.</summary>
/// <remarks>
/// A CSR proves no identity. Where another authority vouches for the requester these names are held against what it vouches for.
/// Apart from <see cref="RequestedNames"/>, so that the calls of proxies, whose URIs count for nothing, read and allocate nothing for it.
/// </remarks>
internal sealed class RequestedUris
{
    /// <summary>Most URIs that are read; one more makes it malformed. A certificate carries one.</summary>
    public const int MaxUris = 4;

    private const int MaxUriLength = 2048; // SPIFFE-ID §2.3

    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2); // RFC 5280 §4.2.1.6
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag AttributesTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly List<string> _uris = [];

    private RequestedUris()
    {
    }

    /// <summary>The URIs, as they stand.</summary>
    public IReadOnlyList<string> Uris => _uris;

    /// <summary>Whether DNS names are asked for.</summary>
    public bool HasDnsNames { get; private set; }

    /// <summary>Whether names of other kinds are asked for: addresses, mail, directory names.</summary>
    public bool HasOtherNames { get; private set; }

    /// <summary>Whether the names cannot be read, or are too many.</summary>
    public bool IsMalformed { get; private set; }

    // RFC 2985 §5.4.2: 1.2.840.113549.1.9.14
    private static ReadOnlySpan<byte> ExtensionRequest => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E];

    // RFC 5280 §4.2.1.6: 2.5.29.17
    private static ReadOnlySpan<byte> SubjectAltName => [0x55, 0x1D, 0x11];

    /// <summary>Reads the names off the first PEM block of a text.</summary>
    /// <param name="pem">The text that <see cref="CertificateSigningRequest.TryParsePem"/> accepted; of anything else nothing is read.</param>
    public static RequestedUris OfPem(ReadOnlySpan<char> pem)
    {
        var read = new RequestedUris();
        var reader = new PemReader(pem);
        read.IsMalformed = !reader.TryRead(out _, out var der, out _) || !read.TryReadRequest(der);
        return read;
    }

    private bool TryReadRequest(ReadOnlySpan<byte> der)
    {
        var outer = new DerReader(der);
        if (!outer.TryReadSequence(out var request)
            || !request.TryReadSequence(out var content)
            || !content.TryReadUnsigned(out _)
            || !content.TryReadAny(out _, out _, out _) // subject
            || !content.TryReadAny(out _, out _, out _) // key
            || !content.TryRead(AttributesTag, out var attributes))
        {
            return false;
        }

        var reader = new DerReader(attributes);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadSequence(out var attribute) || !attribute.TryReadOid(out var type))
            {
                return false;
            }

            if (type.SequenceEqual(ExtensionRequest) && (!attribute.TryRead(Asn1Tag.SetOf, out var values) || !TryReadExtensions(values)))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadExtensions(ReadOnlySpan<byte> values)
    {
        var set = new DerReader(values);
        if (!set.TryReadSequence(out var extensions) || !set.IsAtEnd)
        {
            return false;
        }

        while (!extensions.IsAtEnd)
        {
            if (!extensions.TryReadSequence(out var extension) || !extension.TryReadOid(out var type)
                || (type.SequenceEqual(SubjectAltName) && !TryReadNames(extension)))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadNames(DerReader extension)
    {
        extension.TryReadBoolean(out _); // whether it is critical
        if (!extension.TryRead(Asn1Tag.PrimitiveOctetString, out var value))
        {
            return false;
        }

        var outer = new DerReader(value);
        if (!outer.TryReadSequence(out var general) || !outer.IsAtEnd)
        {
            return false;
        }

        while (!general.IsAtEnd)
        {
            if (!general.TryReadAny(out var tag, out var content, out _) || (tag == Uri && !TryAdd(content)))
            {
                return false;
            }

            HasDnsNames |= tag == DnsName;
            HasOtherNames |= tag != DnsName && tag != Uri;
        }

        return true;
    }

    private bool TryAdd(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxUriLength || !Ascii.IsValid(content) || _uris.Count == MaxUris)
        {
            return false;
        }

        _uris.Add(Encoding.ASCII.GetString(content));
        return true;
    }
}
