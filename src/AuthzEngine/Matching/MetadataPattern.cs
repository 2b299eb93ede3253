using AuthzEngine.Requests;

namespace AuthzEngine.Matching;

/// <summary>A value of <c>experimental.envoy.filters.F[K]</c>, authorization-policy §3.9.</summary>
/// <param name="Pattern">What the text, or an element, must match.</param>
/// <param name="InList">Whether the metadata must be a list; else it must be a string.</param>
public sealed record MetadataPattern(TextPattern Pattern, bool InList)
{
    private static readonly char[] Brackets = ['[', ']'];

    /// <summary>Reads a value: in brackets it is sought in a list, and is not split at commas.</summary>
    /// <param name="value">The value of a policy.</param>
    /// <returns>The pattern.</returns>
    public static MetadataPattern Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value is ['[', .., ']']
            ? new(TextPattern.Of(value.Trim(Brackets)), InList: true)
            : new(TextPattern.Of(value), InList: false);
    }

    /// <summary>Whether a value of dynamic metadata matches.</summary>
    /// <param name="value">The value; untrusted.</param>
    /// <returns>Whether it does.</returns>
    public bool Matches(ClaimValue value) => value switch
    {
        ClaimValue.Text => !InList && Pattern.Matches(value),
        ClaimValue.List => InList && Pattern.Matches(value),
        _ => false,
    };
}
