namespace AuthzEngine.Formats.Json;

/// <summary>How much of an untrusted payload is taken; the limits of a token, or of one request's metadata.</summary>
public sealed record ClaimLimits
{
    /// <summary>Longest JSON text in bytes.</summary>
    public int MaxLength { get; init; } = 64 * 1024;

    /// <summary>Deepest nesting of objects and lists, the payload included; at most 64.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Most values.</summary>
    public int MaxValues { get; init; } = 10_000;
}

/// <summary>Why a payload is refused.</summary>
public enum ClaimsError
{
    /// <summary>It is not refused.</summary>
    None,

    /// <summary>Longer than the limit.</summary>
    TooLong,

    /// <summary>No JSON, or text that is no Unicode.</summary>
    Malformed,

    /// <summary>No object.</summary>
    NotAnObject,

    /// <summary>More nesting than the limit.</summary>
    TooDeep,

    /// <summary>More values than the limit.</summary>
    TooManyValues,

    /// <summary>An object has a member twice.</summary>
    DuplicateMember,
}
