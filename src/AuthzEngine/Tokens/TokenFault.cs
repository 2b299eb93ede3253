namespace AuthzEngine.Tokens;

/// <summary>Why a rule does not accept a token; authorization-policy §7.2.</summary>
public enum TokenFault
{
    /// <summary>It accepts it.</summary>
    None,

    /// <summary>No three-part JWS, an algorithm that no public key verifies, not the JSON expected, or claims of the wrong types.</summary>
    Malformed,

    /// <summary>More tokens in one request than are looked at.</summary>
    TooManyTokens,

    /// <summary><c>iss</c> is another issuer's.</summary>
    UnknownIssuer,

    /// <summary><c>exp</c> has passed.</summary>
    Expired,

    /// <summary><c>nbf</c> lies in the future.</summary>
    NotYetValid,

    /// <summary>No audience of the token is one of the rule's; HTTP 403 where every other fault is 401.</summary>
    AudienceRefused,

    /// <summary>The rule has no keys: not fetched yet, not to be had, or too old.</summary>
    KeysUnavailable,

    /// <summary>None of the rule's keys fits the token.</summary>
    UnknownKey,

    /// <summary>The signature does not verify.</summary>
    BadSignature,
}
