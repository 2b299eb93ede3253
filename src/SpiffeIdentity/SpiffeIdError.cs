namespace SpiffeIdentity;

/// <summary>The rule of SPIFFE-ID §2 that a text breaks.</summary>
public enum SpiffeIdError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The text has no characters.</summary>
    Empty,

    /// <summary>The text does not begin with the literal, lower-case <c>spiffe://</c>.</summary>
    WrongScheme,

    /// <summary>Nothing stands between the scheme and the path.</summary>
    MissingTrustDomain,

    /// <summary>The trust domain holds a character outside <c>a-z 0-9 . - _</c>.</summary>
    BadTrustDomainChar,

    /// <summary>A path segment holds a character outside <c>A-Z a-z 0-9 . - _</c>.</summary>
    BadPathSegmentChar,

    /// <summary>Two slashes stand side by side in the path.</summary>
    EmptySegment,

    /// <summary>The path ends with a slash.</summary>
    TrailingSlash,

    /// <summary>A segment is <c>.</c> or <c>..</c>.</summary>
    DotSegment,

    /// <summary>A path given alone does not begin with a slash.</summary>
    NoLeadingSlash,

    /// <summary>The trust domain exceeds 255 bytes or the whole ID 2,048.</summary>
    TooLong,
}
