using System.Buffers;
using System.Globalization;

namespace AuthzEngine.Formats.Yaml.Nodes;

/// <summary>What YAML 1.1 takes an unquoted scalar for, as Kubernetes reads it; authorization-policy §10.</summary>
/// <remarks>
/// Kubernetes turns YAML into JSON first, so that <c>8080</c> becomes a number and <c>on</c> a boolean, which a field of
/// text then refuses. Whatever one of its YAML versions takes for another type is refused here too.
/// </remarks>
internal static class PlainScalars
{
    private const NumberStyles FloatStyle =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Tells what an unquoted scalar is.</summary>
    /// <param name="text">The scalar.</param>
    /// <returns>Its kind.</returns>
    public static PlainKind KindOf(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => PlainKind.Null,
        "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "true" or "True" or "TRUE" => PlainKind.True,
        "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "false" or "False" or "FALSE" => PlainKind.False,
        _ => IsNumber(text) ? PlainKind.Number : PlainKind.Text,
    };

    /// <summary>
    /// Whether other readers of YAML 1.1, which leave out what its types do not name, take for text what Kubernetes takes for a
    /// boolean or number: <c>y</c>, <c>08080</c> (no octal), <c>1e3</c> (no point or no sign), <c>0o17</c>.
    /// </summary>
    /// <param name="text">The scalar; not of the kind <see cref="PlainKind.Text"/>.</param>
    /// <returns>Whether they do, so that a writer such as PyYAML leaves the quotes out.</returns>
    public static bool IsTextToOthers(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        return text is "y" or "Y" or "n" or "N"
            || digits is ['0', 'o', ..]
            || (digits is ['0', ..] && digits.ContainsAny('8', '9') && !digits.ContainsAnyExceptInRange('0', '9'))
            || (digits.IndexOfAny('e', 'E') is > 0 and var e && digits is [>= '0' and <= '9' or '.', ..] and not ['0', 'x', ..]
                && (!digits.Contains('.') || digits[e + 1] is not ('+' or '-')));
    }

    private static bool IsNumber(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
        {
            return false;
        }

        var digits = text.Replace("_", "", StringComparison.Ordinal);
        return double.TryParse(digits, FloatStyle, CultureInfo.InvariantCulture, out _)
            || digits.AsSpan().TrimStart("+-") is ".inf" or ".Inf" or ".INF" or ".nan" or ".NaN" or ".NAN"
            || IsPrefixed(digits.AsSpan().TrimStart("+-"));
    }

    private static bool IsPrefixed(ReadOnlySpan<char> text) => text switch
    {
        ['0', 'x', .. { Length: > 0 } digits] => !digits.ContainsAnyExcept(HexDigits),
        ['0', 'o', .. { Length: > 0 } digits] => !digits.ContainsAnyExceptInRange('0', '7'),
        ['0', 'b', .. { Length: > 0 } digits] => !digits.ContainsAnyExceptInRange('0', '1'),
        _ => false,
    };
}

/// <summary>What an unquoted scalar is taken for.</summary>
internal enum PlainKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Nothing.</summary>
    Null,

    /// <summary>True.</summary>
    True,

    /// <summary>False.</summary>
    False,

    /// <summary>A number.</summary>
    Number,
}
