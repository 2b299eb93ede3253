using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Svids;

/// <summary>What a certificate to be minted says, checked against the profile of X509-SVID §3 and §4. Immutable.</summary>
public sealed class X509SvidPlan
{
    /// <summary>How far back a validity should begin, for peers whose clocks run behind: 60 seconds.</summary>
    public static readonly TimeSpan Backdate = TimeSpan.FromSeconds(60);

    /// <summary>Fewest bytes of a serial number: 64 random bits (CA/Browser Forum BR 7.1).</summary>
    public const int MinSerialLength = 8;

    /// <summary>Most bytes of a serial number, the sign included (RFC 5280 §4.1.2.2).</summary>
    public const int MaxSerialLength = 20;

    /// <summary>Most DNS names beside the SPIFFE ID.</summary>
    public const int MaxDnsNames = 64;

    /// <summary>Longest common name in characters (RFC 5280 appendix A.1).</summary>
    public const int MaxCommonNameLength = 64;

    private const int MaxDnsNameLength = 253;
    private const int MaxLabelLength = 63;

    // RFC 5280 §4.1.2.5: the last moment that a certificate can name.
    private static readonly DateTimeOffset EndOfTime = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);
    private static readonly DateTimeOffset BeginOfTime = new(1950, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly SearchValues<char> LabelAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private X509SvidPlan(SpiffeId id, PublicKeyFields key, CertificateTerms terms)
    {
        Id = id;
        PublicKey = key;
        SerialNumber = terms.SerialNumber.ToArray();
        NotBefore = WholeSeconds(terms.NotBefore);
        NotAfter = WholeSeconds(terms.NotAfter);
    }

    /// <summary>The SPIFFE ID: of a workload, or the trust domain's own for a signing certificate.</summary>
    public SpiffeId Id { get; }

    /// <summary>The serial number, big-endian.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; }

    /// <summary>Begin of the validity, whole seconds.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>End of the validity, whole seconds, inclusive.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>DNS names beside the SPIFFE ID.</summary>
    public IReadOnlyList<string> DnsNames { get; private init; } = [];

    /// <summary>Whether it signs certificates and is nobody's identity.</summary>
    public bool IsAuthority => CommonName is not null;

    /// <summary>How many authorities may stand between a signing certificate and a leaf; null for any number.</summary>
    public int? PathLength { get; private init; }

    /// <summary>The name of a signing certificate; null for a leaf, whose subject is empty.</summary>
    public string? CommonName { get; private init; }

    /// <summary>The key it is for.</summary>
    internal PublicKeyFields PublicKey { get; }

    /// <summary>Plans a leaf: it authenticates servers and clients, and signs nothing but its handshakes.</summary>
    /// <param name="id">Whose it is.</param>
    /// <param name="terms">Key, serial number and validity.</param>
    /// <param name="dnsNames">Names beside the SPIFFE ID; untrusted.</param>
    /// <param name="plan">The plan, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidPlanError.None"/>.</param>
    /// <returns>Whether a verifier would take the leaf.</returns>
    public static bool TryCreateLeaf(
        SpiffeId id,
        CertificateTerms terms,
        IReadOnlyList<string> dnsNames,
        [NotNullWhen(true)] out X509SvidPlan? plan,
        out X509SvidPlanError error)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(dnsNames);
        PublicKeyFields? key = null;
        error = id.IsTrustDomainId ? X509SvidPlanError.NoPath
            : dnsNames.Count > MaxDnsNames || !dnsNames.All(IsDnsName) ? X509SvidPlanError.BadDnsName
            : Check(terms, out key);
        plan = error == X509SvidPlanError.None && key is not null
            ? new X509SvidPlan(id, key, terms) { DnsNames = [.. dnsNames] }
            : null;
        return plan is not null;
    }

    /// <summary>Plans a signing certificate: it signs certificates and revocation lists, and is never presented as a peer's.</summary>
    /// <param name="trustDomain">The trust domain it belongs to; it carries that one's ID (X509-SVID §3.2).</param>
    /// <param name="commonName">Its name, 1 to <see cref="MaxCommonNameLength"/> characters; with the key it tells authorities apart.</param>
    /// <param name="pathLength">How many authorities may stand between it and a leaf; null for any number.</param>
    /// <param name="terms">Key, serial number and validity.</param>
    /// <param name="plan">The plan, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidPlanError.None"/>.</param>
    /// <returns>Whether a verifier would let a path lead through the certificate.</returns>
    public static bool TryCreateAuthority(
        TrustDomain trustDomain,
        string commonName,
        int? pathLength,
        CertificateTerms terms,
        [NotNullWhen(true)] out X509SvidPlan? plan,
        out X509SvidPlanError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        ArgumentNullException.ThrowIfNull(commonName);
        ArgumentNullException.ThrowIfNull(terms);
        PublicKeyFields? key = null;
        error = commonName.Length is 0 or > MaxCommonNameLength || commonName.Any(char.IsSurrogate) || commonName.Any(char.IsControl)
            ? X509SvidPlanError.BadCommonName
            : pathLength is < 0 or > byte.MaxValue ? X509SvidPlanError.BadPathLength
            : Check(terms, out key);
        plan = error == X509SvidPlanError.None && key is not null
            ? new X509SvidPlan(trustDomain.Id, key, terms) { CommonName = commonName, PathLength = pathLength }
            : null;
        return plan is not null;
    }

    private static X509SvidPlanError Check(CertificateTerms terms, out PublicKeyFields? key)
    {
        key = null;
        if (!IsSerialNumber(terms.SerialNumber.Span))
        {
            return X509SvidPlanError.BadSerialNumber;
        }

        if (terms.NotBefore < BeginOfTime || terms.NotAfter > EndOfTime || WholeSeconds(terms.NotAfter) <= WholeSeconds(terms.NotBefore))
        {
            return X509SvidPlanError.BadValidity;
        }

        return PublicKeyFields.TryRead(terms.SubjectPublicKeyInfo.Span, out key) && VerificationKey.TryCreate(key, out _)
            ? X509SvidPlanError.None
            : X509SvidPlanError.UnsupportedKey;
    }

    private static bool IsSerialNumber(ReadOnlySpan<byte> serialNumber) =>
        serialNumber.Length is >= MinSerialLength and <= MaxSerialLength
        && serialNumber.ContainsAnyExcept((byte)0)
        && !(serialNumber.Length == MaxSerialLength && serialNumber[0] >= 0x80);

    // RFC 1034 §3.5, with the underscore that some services have and one asterisk in front (RFC 6125 §6.4.3).
    private static bool IsDnsName(string? name)
    {
        if (name is not { Length: > 0 and <= MaxDnsNameLength })
        {
            return false;
        }

        var rest = name.AsSpan();
        rest = rest.StartsWith("*.", StringComparison.Ordinal) ? rest[2..] : rest;
        foreach (var range in rest.Split('.'))
        {
            var label = rest[range];
            if (label.Length is 0 or > MaxLabelLength || label.ContainsAnyExcept(LabelAlphabet) || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }
        }

        return true;
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}

/// <summary>The rule that a planned certificate breaks.</summary>
public enum X509SvidPlanError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The SPIFFE ID of a leaf has no path (X509-SVID §3.1).</summary>
    NoPath,

    /// <summary>There are too many DNS names, or one is none.</summary>
    BadDnsName,

    /// <summary>The name of a signing certificate is empty or too long.</summary>
    BadCommonName,

    /// <summary>A path length is negative or exceeds 255.</summary>
    BadPathLength,

    /// <summary>The serial number is too short to be unforgeable, too long, or zero (RFC 5280 §4.1.2.2).</summary>
    BadSerialNumber,

    /// <summary>The validity ends before it begins, or has a year that certificates cannot name.</summary>
    BadValidity,

    /// <summary>The key is malformed, or neither RSA of 2,048 to 8,192 bits nor on P-256, P-384 or P-521.</summary>
    UnsupportedKey,

    /// <summary>The certificate would be valid beyond the one that signs it.</summary>
    OutlivesAuthority,

    /// <summary>No authority may stand below the signing certificate: its path length is 0.</summary>
    PathTooLong,
}
