using System.Diagnostics.CodeAnalysis;

namespace AuthzEngine.Matching;

/// <summary>DNS names that are permitted: one name, or <c>*.</c> and a domain, which stands for whatever is below it.</summary>
/// <remarks>A star in another place would let a stranger's domain in: <c>web*</c> matches <c>web.elsewhere.example</c>.</remarks>
public sealed record DnsNamePattern
{
    private const int MaxNameLength = 253; // RFC 1035 §2.3.4, as text
    private const int MaxLabelLength = 63;

    private readonly TextPattern _pattern;

    private DnsNamePattern(string text)
    {
        Text = text;
        _pattern = TextPattern.Of(text, ignoreCase: true); // RFC 4343: ASCII letters without case
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="value">The value of a policy.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string value, [NotNullWhen(true)] out DnsNamePattern? pattern)
    {
        ArgumentNullException.ThrowIfNull(value);
        pattern = IsName(value is ['*', '.', .. var domain] ? domain : value) ? new(value) : null;
        return pattern is not null;
    }

    /// <summary>Whether a text is a host's name: labels of letters, digits and inner hyphens, RFC 1123 §2.1.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <returns>Whether it is; an address in digits is none, and neither is one with a star.</returns>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxNameLength)
        {
            return false;
        }

        var last = default(ReadOnlySpan<char>);
        foreach (var range in text.Split('.'))
        {
            last = text[range];
            if (!IsLabel(last))
            {
                return false;
            }
        }

        return last.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Whether a name is permitted.</summary>
    /// <param name="name">A name that <see cref="IsName"/> accepts.</param>
    /// <returns>Whether it is.</returns>
    public bool Matches(ReadOnlySpan<char> name) => _pattern.Matches(name);

    private static bool IsLabel(ReadOnlySpan<char> label)
    {
        foreach (var letter in label)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter != '-')
            {
                return false;
            }
        }

        return label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-';
    }
}
