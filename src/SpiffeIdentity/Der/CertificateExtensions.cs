using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace SpiffeIdentity.Der;

/// <summary>What the extensions of a certificate say, as far as X509-SVID has rules for it or a path needs it.</summary>
internal sealed class CertificateExtensions
{
    // RFC 5280 §4.2.1.3, bit 0 highest
    private const ushort DigitalSignature = 1 << 15;
    private const ushort KeyCertSign = 1 << 10;
    private const ushort CrlSign = 1 << 9;

    /// <summary>How many extensions are read at most; real certificates hold about ten.</summary>
    private const int MaxCount = 64;

    private static readonly Asn1Tag KeyIdentifierTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private ushort? _keyUsage;

    /// <summary>RFC 5280 §4.2.1.9; an absent extension means false.</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>Whether this may be the certificate of an issuer: cA true and, where usages are named, keyCertSign among them.</summary>
    public bool IsSigningAuthority => IsAuthority && (_keyUsage is null || MaySignCertificates);

    /// <summary>How many authorities may stand between this one and a leaf; null for any number. More than 255 are as good as any.</summary>
    public int? PathLength { get; private set; }

    /// <summary>Whether there are rules here that only a whole RFC 5280 §6 knows: name constraints, policies, or anything critical
    /// but key usages, basic constraints and alternative names.</summary>
    public bool HasFurtherRules { get; private set; }

    /// <summary>Names the key in this certificate; null where nothing does.</summary>
    public byte[]? SubjectKeyIdentifier { get; private set; }

    /// <summary>Names the key it is signed with; null where nothing does.</summary>
    public byte[]? AuthorityKeyIdentifier { get; private set; }

    /// <summary>Whether it may be presented by TLS servers: no extended key usage at all, or one that says so.</summary>
    public bool ServesServers { get; private set; } = true;

    /// <summary>Whether it may be presented by TLS clients: no extended key usage at all, or one that says so.</summary>
    public bool ServesClients { get; private set; } = true;

    public bool MaySign => (_keyUsage & DigitalSignature) > 0;

    public bool MaySignCertificates => (_keyUsage & KeyCertSign) > 0;

    public bool MaySignCrls => (_keyUsage & CrlSign) > 0;

    /// <summary>Number of URIs among the alternative names.</summary>
    public int UriCount { get; private set; }

    /// <summary>The first URI among them; null where there is none, or one with bytes outside ASCII.</summary>
    public string? FirstUri { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> content, [NotNullWhen(true)] out CertificateExtensions? extensions)
    {
        extensions = null;
        var outer = new DerReader(content);
        if (!outer.TryReadSequence(out var list) || !outer.IsAtEnd || list.IsAtEnd)
        {
            return false;
        }

        var found = new CertificateExtensions();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (!list.IsAtEnd)
        {
            if (!TryReadOne(ref list, out var oid, out var isCritical, out var value)
                || names.Count == MaxCount
                || !names.Add(Convert.ToHexString(oid)) // RFC 5280 §4.2 MUST NOT repeat
                || !found.TryTake(oid, isCritical, value))
            {
                return false;
            }
        }

        extensions = found;
        return true;
    }

    private static bool TryReadOne(
        ref DerReader list, out ReadOnlySpan<byte> oid, out bool isCritical, out ReadOnlySpan<byte> value)
    {
        oid = value = [];
        isCritical = false;
        if (!list.TryReadSequence(out var extension) || !extension.TryReadOid(out oid))
        {
            return false;
        }

        // X.690 §11.5: the default, false, is not written.
        if (extension.IsNext(Asn1Tag.Boolean) && !(extension.TryReadBoolean(out isCritical) && isCritical))
        {
            return false;
        }

        return extension.TryRead(Asn1Tag.PrimitiveOctetString, out value) && extension.IsAtEnd;
    }

    private bool TryTake(ReadOnlySpan<byte> oid, bool isCritical, ReadOnlySpan<byte> value)
    {
        switch (0)
        {
            case var _ when oid.SequenceEqual(Oids.BasicConstraints):
                return TryTakeBasicConstraints(value);
            case var _ when oid.SequenceEqual(Oids.KeyUsage):
                return TryTakeKeyUsage(value);
            case var _ when oid.SequenceEqual(Oids.SubjectAlternativeName):
                return TryTakeNames(value);
            case var _ when oid.SequenceEqual(Oids.ExtendedKeyUsage):
                return TryTakeExtendedKeyUsage(value);
            default:
                HasFurtherRules |= isCritical || IsRuleOfPaths(oid);
                TakeKeyIdentifier(oid, value);
                return true;
        }
    }

    private static bool IsRuleOfPaths(ReadOnlySpan<byte> oid) =>
        oid.SequenceEqual(Oids.NameConstraints)
        || oid.SequenceEqual(Oids.PolicyMappings)
        || oid.SequenceEqual(Oids.PolicyConstraints)
        || oid.SequenceEqual(Oids.InhibitAnyPolicy);

    // Hints where to look first; one that is malformed is none.
    private void TakeKeyIdentifier(ReadOnlySpan<byte> oid, ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        if (oid.SequenceEqual(Oids.SubjectKeyIdentifier) && reader.TryRead(Asn1Tag.PrimitiveOctetString, out var subject))
        {
            SubjectKeyIdentifier = subject.ToArray();
        }
        else if (oid.SequenceEqual(Oids.AuthorityKeyIdentifier)
            && reader.TryReadSequence(out var fields) && fields.TryRead(KeyIdentifierTag, out var authority))
        {
            AuthorityKeyIdentifier = authority.ToArray();
        }
    }

    private bool TryTakeExtendedKeyUsage(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        if (!reader.TryReadSequence(out var purposes) || !reader.IsAtEnd || purposes.IsAtEnd)
        {
            return false;
        }

        ServesServers = ServesClients = false;
        while (!purposes.IsAtEnd)
        {
            if (!purposes.TryReadOid(out var purpose))
            {
                return false;
            }

            ServesServers |= purpose.SequenceEqual(Oids.ServerAuthentication);
            ServesClients |= purpose.SequenceEqual(Oids.ClientAuthentication);
        }

        return true;
    }

    private bool TryTakeBasicConstraints(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        if (!reader.TryReadSequence(out var fields) || !reader.IsAtEnd)
        {
            return false;
        }

        if (fields.IsNext(Asn1Tag.Boolean))
        {
            // OpenSSL and Go write no FALSE here, others do: tolerated, since it says the same.
            if (!fields.TryReadBoolean(out var isAuthority))
            {
                return false;
            }

            IsAuthority = isAuthority;
        }

        return (fields.IsAtEnd || TryTakePathLength(ref fields)) && fields.IsAtEnd;
    }

    private bool TryTakePathLength(ref DerReader fields)
    {
        if (!fields.TryReadUnsigned(out var digits))
        {
            return false;
        }

        PathLength = digits.Length == 1 ? digits[0] : null;
        return true;
    }

    private bool TryTakeKeyUsage(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        var found = reader.TryReadNamedBits(out var bits) && reader.IsAtEnd;
        _keyUsage = bits;
        return found;
    }

    private bool TryTakeNames(ReadOnlySpan<byte> value)
    {
        var reader = new DerReader(value);
        if (!reader.TryReadSequence(out var names) || !reader.IsAtEnd || names.IsAtEnd)
        {
            return false;
        }

        while (!names.IsAtEnd)
        {
            if (!names.TryReadAny(out var tag, out var name, out _) || tag.TagClass != TagClass.ContextSpecific)
            {
                return false;
            }

            if (tag == UriTag)
            {
                TakeUri(name);
            }
        }

        return true;
    }

    private void TakeUri(ReadOnlySpan<byte> name)
    {
        UriCount++;

        // IA5String is ASCII (RFC 5280 §4.2.1.6); a decoder that guesses at other bytes could print a second identity.
        if (UriCount == 1 && System.Text.Ascii.IsValid(name))
        {
            FirstUri = System.Text.Encoding.ASCII.GetString(name);
        }
    }
}
