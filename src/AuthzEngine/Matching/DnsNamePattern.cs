using System.Diagnostics.CodeAnalysis;

namespace AuthzEngine.Matching;

/// <summary>DNS names that are permitted: one name, or <c>*.</c> and a domain, which stands for whatever is below it.</summary>
/// <remarks>
/// A star in another place would let a stranger's domain in: <c>web*</c> matches <c>web.elsewhere.example</c>. A label may be
/// <c>${serviceAccount}</c> or <c>${namespace}</c>, which stands for the caller's own: a whole label and no part of one, since two callers
/// could otherwise come to the same name.
/// </remarks>
public sealed record DnsNamePattern
{
    private const string ServiceAccount = "${serviceAccount}";
    private const string Namespace = "${namespace}";

    private const int MaxNameLength = 253; // RFC 1035 §2.3.4, as text
    private const int MaxLabelLength = 63;

    private readonly TextPattern _pattern;

    private DnsNamePattern(string text)
    {
        Text = text;
        _pattern = TextPattern.Of(text, ignoreCase: true); // RFC 4343: ASCII letters without case
        DependsOnCaller = text.Contains('$', StringComparison.Ordinal);
    }

    /// <summary>Whether it permits other names to another caller.</summary>
    public bool DependsOnCaller { get; }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="value">The value of a policy.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string value, [NotNullWhen(true)] out DnsNamePattern? pattern)
    {
        ArgumentNullException.ThrowIfNull(value);
        var name = value is ['*', '.', .. var domain] ? domain : value;
        var sample = string.Join('.', name.Split('.').Select(label => label is ServiceAccount or Namespace ? "x" : label));
        pattern = IsName(sample) ? new(value) : null;
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

    /// <summary>Whether a name is permitted to a caller.</summary>
    /// <param name="name">A name that <see cref="IsName"/> accepts.</param>
    /// <param name="callerNamespace">The caller's namespace; empty where it has none.</param>
    /// <param name="callerAccount">The caller's service account; empty where it has none.</param>
    /// <returns>Whether it is. What the caller does not have, or has with a dot in it, is no label, so no name is permitted by it.</returns>
    public bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> callerNamespace, ReadOnlySpan<char> callerAccount)
    {
        if (!DependsOnCaller)
        {
            return _pattern.Matches(name);
        }

        // From the end: what a leading star stands for is whatever is left.
        var pattern = Text.AsSpan();
        var rest = name;
        while (true)
        {
            var (dot, nameDot) = (pattern.LastIndexOf('.'), rest.LastIndexOf('.'));
            var label = pattern[(dot + 1)..];
            if (label is "*")
            {
                return true; // a label at least is left
            }

            if (!IsLabelOf(rest[(nameDot + 1)..], label, callerNamespace, callerAccount))
            {
                return false;
            }

            if (dot < 0 || nameDot < 0)
            {
                return dot < 0 && nameDot < 0;
            }

            pattern = pattern[..dot];
            rest = rest[..nameDot];
        }
    }

    // Names of accounts have case, so what stands for them is compared with it: `Web` is another account than `web`.
    private static bool IsLabelOf(
        ReadOnlySpan<char> label, ReadOnlySpan<char> pattern, ReadOnlySpan<char> callerNamespace, ReadOnlySpan<char> callerAccount) => pattern switch
        {
            ServiceAccount => IsLabel(callerAccount) && label.SequenceEqual(callerAccount),
            Namespace => IsLabel(callerNamespace) && label.SequenceEqual(callerNamespace),
            _ => label.Equals(pattern, StringComparison.OrdinalIgnoreCase),
        };

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
