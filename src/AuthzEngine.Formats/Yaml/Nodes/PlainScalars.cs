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
        "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "true" or "True" or "TRUE" => PlainKind.True,
        "no" or "No" or "NO" or "off" or "Off" or "OFF" or "false" or "False" or "FALSE" => PlainKind.False,
        _ => IsNumber(text) ? PlainKind.Number : PlainKind.Text,
    };

    /// <summary>Whether Kubernetes takes for a boolean what YAML 1.2 and most readers of YAML 1.1 take for text.</summary>
    /// <param name="text">The scalar.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsBooleanLetter(string text) => text is "y" or "Y" or "n" or "N";

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
