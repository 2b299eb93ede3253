using AuthzEngine.Requests;

namespace AuthzEngine.Matching;

/// <summary>A generic string pattern, authorization-policy §3.2: exact, prefix, suffix or presence.</summary>
/// <param name="Kind">Which of the four.</param>
/// <param name="Text">What is compared, without the star; empty for presence.</param>
/// <param name="IgnoreCase">Whether ASCII letters are compared without case; other letters never are.</param>
public sealed record TextPattern(TextMatch Kind, string Text, bool IgnoreCase = false)
{
    /// <summary>Reads a pattern. Only one star is special, at the first place of: alone, start, end.</summary>
    /// <param name="value">The value of a policy.</param>
    /// <param name="presence">What a single star means for the field.</param>
    /// <param name="ignoreCase">Whether ASCII letters are compared without case.</param>
    /// <returns>The pattern; every text is one.</returns>
    public static TextPattern Of(string value, TextMatch presence = TextMatch.NonEmpty, bool ignoreCase = false)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value switch
        {
            "*" => new(presence, "", ignoreCase),
            ['*', .. var suffix] => new(TextMatch.Suffix, suffix, ignoreCase),
            [.. var prefix, '*'] => new(TextMatch.Prefix, prefix, ignoreCase),
            _ => new(TextMatch.Exact, value, ignoreCase),
        };
    }

    /// <summary>Whether a present value matches.</summary>
    /// <param name="value">The value; untrusted.</param>
    /// <returns>Whether it does.</returns>
    public bool Matches(ReadOnlySpan<char> value) => Matches(Kind, Text, IgnoreCase, value);

    /// <summary>Whether a present value matches a pattern that is held by its parts.</summary>
    internal static bool Matches(TextMatch kind, string text, bool ignoreCase, ReadOnlySpan<char> value) => kind switch
    {
        TextMatch.Exact => ignoreCase ? AsciiFolding.Equal(value, text) : value.SequenceEqual(text),
        TextMatch.Prefix => ignoreCase ? AsciiFolding.StartsWith(value, text) : value.StartsWith(text, StringComparison.Ordinal),
        TextMatch.Suffix => ignoreCase ? AsciiFolding.EndsWith(value, text) : value.EndsWith(text, StringComparison.Ordinal),
        TextMatch.Present => true,
        TextMatch.NonEmpty => !value.IsEmpty && !value.Contains('\n'), // RE2 `.+`: the dot is no newline
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Whether a claim matches: as a string, or as a list with a string that does; authorization-policy §3.7.</summary>
    /// <param name="value">The claim; untrusted.</param>
    /// <returns>Whether it does.</returns>
    public bool Matches(ClaimValue value)
    {
        switch (value)
        {
            case ClaimValue.Text(var text):
                return Matches(text);
            case ClaimValue.List(var items):
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i] is ClaimValue.Text(var item) && Matches(item))
                    {
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }
}

/// <summary>How a pattern compares.</summary>
public enum TextMatch
{
    /// <summary>The whole value.</summary>
    Exact,

    /// <summary>Its start; the bare prefix too.</summary>
    Prefix,

    /// <summary>Its end; the bare suffix too.</summary>
    Suffix,

    /// <summary>The attribute is there, even when empty: hosts, methods, headers.</summary>
    Present,

    /// <summary>At least one character and no newline: everywhere else.</summary>
    NonEmpty,
}
