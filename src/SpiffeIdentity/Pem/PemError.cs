namespace SpiffeIdentity.Pem;

/// <summary>The rule of RFC 7468 that a text breaks.</summary>
public enum PemError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The text exceeds the limit.</summary>
    TooLarge,

    /// <summary>The text has no (further) <c>-----BEGIN</c> line.</summary>
    NoBlock,

    /// <summary>A <c>-----BEGIN</c> line does not end in five dashes.</summary>
    BadBegin,

    /// <summary>The <c>-----END</c> line is missing, or names another label.</summary>
    BadEnd,

    /// <summary>What stands between the lines is not base64.</summary>
    BadBase64,

    /// <summary>The label is not the one that is wanted.</summary>
    WrongLabel,

    /// <summary>There are more blocks than the limit.</summary>
    TooMany,
}
