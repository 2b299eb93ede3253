namespace SpiffeIdentity.Svids;

/// <summary>The rule of JWT-SVID that a token breaks, in the order in which they are checked.</summary>
public enum JwtSvidError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The token exceeds <see cref="JwtSvid.MaxLength"/>.</summary>
    TooLarge,

    /// <summary>The token is not three parts with dots between them: it is JSON, encrypted, unsigned or something else (JWT-SVID §5.1).</summary>
    NotCompact,

    /// <summary>A part is not base64url in its one form.</summary>
    BadEncoding,

    /// <summary>The header is not a JSON object in UTF-8, names a member twice, or a member has the wrong type.</summary>
    MalformedHeader,

    /// <summary>The header has a parameter other than <c>alg</c>, <c>kid</c> and <c>typ</c> (JWT-SVID §2).</summary>
    ForbiddenHeader,

    /// <summary><c>alg</c> is missing or not one of <see cref="JwtAlgorithm"/> (JWT-SVID §2.1).</summary>
    AlgorithmNotAllowed,

    /// <summary><c>kid</c> is missing, empty or too long. The standard makes it optional; nobody's validator does.</summary>
    MissingKeyId,

    /// <summary><c>typ</c> is neither <c>JWT</c> nor <c>JOSE</c> (JWT-SVID §2.3).</summary>
    WrongType,

    /// <summary>The payload is not a JSON object in UTF-8, names a member twice, nests too deeply, or a time in it is not an integer of seconds.</summary>
    MalformedClaims,

    /// <summary><c>sub</c> is missing or not a SPIFFE ID (JWT-SVID §3.1).</summary>
    BadSubject,

    /// <summary>The SPIFFE ID of <c>sub</c> has no path: a trust domain is nobody's identity.</summary>
    NoPath,

    /// <summary><c>aud</c> is missing, empty, holds something other than texts, or too many of them (JWT-SVID §3.2).</summary>
    BadAudience,

    /// <summary><c>exp</c> is missing (JWT-SVID §3.3).</summary>
    NoExpiry,

    /// <summary><c>aud</c> does not name who the token was shown to (JWT-SVID §3.2).</summary>
    OtherAudience,

    /// <summary><c>exp</c> has passed (JWT-SVID §3.3).</summary>
    Expired,

    /// <summary><c>nbf</c> or <c>iat</c> lies in the future (RFC 7519 §4.1.5).</summary>
    NotYetValid,

    /// <summary>There is no bundle of the subject's trust domain.</summary>
    NoBundle,

    /// <summary>The bundle of the subject's trust domain has no key of that name.</summary>
    UnknownKey,

    /// <summary>The key of that name is not of the kind that <c>alg</c> goes with.</summary>
    KeyOfOtherAlgorithm,

    /// <summary>The signature does not verify.</summary>
    BadSignature,
}
