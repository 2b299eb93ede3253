using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using SpiffeIdentity.Der;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>The certificates that the revocation lists of the Workload API name (its field <c>crl</c>).</summary>
/// <remarks>
/// Immutable. The lists' signatures are not checked: they come from the same place as the bundles that would verify them. A list
/// past its <c>nextUpdate</c> still refuses what it names; a certificate that no list names is not revoked.
/// </remarks>
public sealed class RevocationLists
{
    private static readonly Asn1Tag VersionTag = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly Dictionary<string, HashSet<string>> _serialsByIssuer;

    private RevocationLists(Dictionary<string, HashSet<string>> serialsByIssuer) => _serialsByIssuer = serialsByIssuer;

    /// <summary>No list at all.</summary>
    public static RevocationLists None { get; } = new([]);

    /// <summary>How many certificates are named.</summary>
    public int Count => _serialsByIssuer.Values.Sum(serials => serials.Count);

    /// <summary>Whether any certificate that a peer presented is named.</summary>
    /// <param name="svid">What the peer presented.</param>
    /// <returns>Whether a list names its leaf or one of its intermediates.</returns>
    public bool Names(X509Svid svid)
    {
        ArgumentNullException.ThrowIfNull(svid);
        if (_serialsByIssuer.Count == 0)
        {
            return false;
        }

        foreach (var certificate in svid.Certificates)
        {
            if (TryReadNames(certificate.Span, out var issuer, out var serial)
                && _serialsByIssuer.TryGetValue(issuer, out var serials)
                && serials.Contains(serial))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads lists in DER (RFC 5280 §5.1); untrusted.</summary>
    /// <param name="lists">The lists. How many certificates they can name is bounded by the message they came in.</param>
    /// <param name="read">What they name, or null.</param>
    /// <returns>Whether each is a list.</returns>
    internal static bool TryRead(IEnumerable<ReadOnlyMemory<byte>> lists, [NotNullWhen(true)] out RevocationLists? read)
    {
        var all = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        read = null;
        foreach (var list in lists)
        {
            if (!TryReadList(list.Span, all))
            {
                return false;
            }
        }

        read = all.Count == 0 ? None : new RevocationLists(all);
        return true;
    }

    private static bool TryReadList(ReadOnlySpan<byte> der, Dictionary<string, HashSet<string>> all)
    {
        var outer = new DerReader(der);
        if (!outer.TryReadSequence(out var list) || !outer.IsAtEnd
            || !list.TryReadSequence(out var toBeSigned)
            || !list.TryReadSequence(out _) || !list.TryReadBits(out _) || !list.IsAtEnd)
        {
            return false;
        }

        if (toBeSigned.IsNext(Asn1Tag.Integer))
        {
            toBeSigned.TryRead(Asn1Tag.Integer, out _); // its version
        }

        if (!toBeSigned.TryReadSequence(out _)
            || !toBeSigned.TryRead(Asn1Tag.Sequence, out _, out var issuer)
            || !TryReadTime(ref toBeSigned))
        {
            return false;
        }

        if (!toBeSigned.IsAtEnd && IsTime(toBeSigned) && !TryReadTime(ref toBeSigned))
        {
            return false;
        }

        if (!toBeSigned.IsNext(Asn1Tag.Sequence))
        {
            return true; // names nobody
        }

        return toBeSigned.TryReadSequence(out var entries) && TryReadEntries(ref entries, SerialsOf(all, Convert.ToHexString(issuer)));
    }

    private static bool TryReadEntries(ref DerReader entries, HashSet<string> serials)
    {
        while (!entries.IsAtEnd)
        {
            if (!entries.TryReadSequence(out var entry) || !entry.TryRead(Asn1Tag.Integer, out var serial) || !TryReadTime(ref entry))
            {
                return false;
            }

            serials.Add(Print(serial));
        }

        return true;
    }

    private static HashSet<string> SerialsOf(Dictionary<string, HashSet<string>> all, string issuer)
    {
        if (!all.TryGetValue(issuer, out var serials))
        {
            all.Add(issuer, serials = new HashSet<string>(StringComparer.Ordinal));
        }

        return serials;
    }

    private static bool TryReadNames(ReadOnlySpan<byte> certificate, out string issuer, out string serial)
    {
        issuer = serial = "";
        var outer = new DerReader(certificate);
        if (!outer.TryReadSequence(out var parts) || !parts.TryReadSequence(out var toBeSigned))
        {
            return false;
        }

        if (toBeSigned.IsNext(VersionTag))
        {
            toBeSigned.TryRead(VersionTag, out _);
        }

        if (!toBeSigned.TryRead(Asn1Tag.Integer, out var number)
            || !toBeSigned.TryReadSequence(out _)
            || !toBeSigned.TryRead(Asn1Tag.Sequence, out _, out var name))
        {
            return false;
        }

        issuer = Convert.ToHexString(name);
        serial = Print(number);
        return true;
    }

    private static bool IsTime(DerReader reader) => reader.IsNext(Asn1Tag.UtcTime) || reader.IsNext(Asn1Tag.GeneralizedTime);

    private static bool TryReadTime(ref DerReader reader) =>
        reader.TryRead(reader.IsNext(Asn1Tag.UtcTime) ? Asn1Tag.UtcTime : Asn1Tag.GeneralizedTime, out _);

    private static string Print(ReadOnlySpan<byte> serial) => Convert.ToHexString(serial.TrimStart((byte)0));
}
