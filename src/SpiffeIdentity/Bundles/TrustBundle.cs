namespace SpiffeIdentity.Bundles;

/// <summary>A trust domain's public authorities at one moment, with what readers need to follow them (Trust_Domain_and_Bundle §4).</summary>
/// <remarks>The document does not say whose it is, so domain and authorities are kept together here.</remarks>
/// <param name="X509">The X.509 authorities.</param>
/// <param name="Sequence"><c>spiffe_sequence</c>: grows with every change of content; null where a document has none.</param>
/// <param name="RefreshHint"><c>spiffe_refresh_hint</c>, whole seconds: how often to ask again; null where a document has none.</param>
public sealed record TrustBundle(X509Bundle X509, ulong? Sequence = null, TimeSpan? RefreshHint = null)
{
    private readonly X509Bundle _x509 = X509;
    private readonly JwtBundle _jwt = JwtBundle.Empty(X509.TrustDomain);

    /// <summary>The trust domain the bundle speaks for.</summary>
    public TrustDomain TrustDomain => X509.TrustDomain;

    /// <summary>The X.509 authorities. Those of another trust domain in their place leave no JWT authorities of the first behind.</summary>
    public X509Bundle X509
    {
        get => _x509;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _x509 = value;
            _jwt = _jwt.TrustDomain.Equals(value.TrustDomain) ? _jwt : JwtBundle.Empty(value.TrustDomain);
        }
    }

    /// <summary>The JWT authorities; empty unless given.</summary>
    /// <exception cref="ArgumentException">They are another trust domain's.</exception>
    public JwtBundle Jwt
    {
        get => _jwt;
        init
        {
            ArgumentNullException.ThrowIfNull(value);

            // Keys of two domains in one bundle would let each speak for the other.
            _jwt = value.TrustDomain.Equals(TrustDomain)
                ? value
                : throw new ArgumentException($"keys of `{value.TrustDomain}` in a bundle of `{TrustDomain}`", nameof(value));
        }
    }

    /// <summary>A bundle that trusts nothing.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>The bundle.</returns>
    public static TrustBundle Empty(TrustDomain trustDomain) => new(X509Bundle.Empty(trustDomain));
}

/// <summary>The rule of the SPIFFE bundle format that a document breaks.</summary>
public enum TrustBundleError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The document exceeds <see cref="SpiffeBundleReader.MaxLength"/>, or a map <see cref="BundleMapReader.MaxLength"/>.</summary>
    TooLarge,

    /// <summary>The document is not a JSON object in UTF-8, or names a member twice.</summary>
    MalformedJson,

    /// <summary><c>keys</c> is missing, null or not an array; an empty array would be legal.</summary>
    MissingKeys,

    /// <summary>An entry of <c>keys</c> is not an object.</summary>
    MalformedEntry,

    /// <summary><c>spiffe_sequence</c> is not an integer from 0 to 2^64 - 1.</summary>
    BadSequence,

    /// <summary><c>spiffe_refresh_hint</c> is not an integer of seconds from 0 to 2^31 - 1.</summary>
    BadRefreshHint,

    /// <summary>An <c>x5c</c> value is not a certificate in standard base64.</summary>
    MalformedCertificate,

    /// <summary>The key parameters of an entry are not those of the certificate beside them.</summary>
    KeyMismatch,

    /// <summary>There are more than <see cref="X509Bundle.MaxAuthorities"/> X.509 or <see cref="JwtBundle.MaxAuthorities"/> JWT
    /// authorities, or more than <see cref="BundleMapReader.MaxBundles"/> bundles.</summary>
    TooMany,

    /// <summary>Two JWT keys have the same <c>kid</c>.</summary>
    RepeatedKeyId,

    /// <summary><c>trust_domains</c> is missing, null or not an object; an empty object would be legal.</summary>
    MissingTrustDomains,

    /// <summary>A name in a map is not that of a trust domain.</summary>
    BadTrustDomain,
}
