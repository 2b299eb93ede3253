namespace AuthzEngine.Matching;

/// <summary>Comparison without case of ASCII letters only, as Envoy's <c>ignore_case</c>; .NET's folds more.</summary>
internal static class AsciiFolding
{
    public static char Lower(char letter) => char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter;

    public static string Lower(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = Lower(source[i]);
        }
    });

    public static bool Equal(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (Lower(left[i]) != Lower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    public static bool StartsWith(ReadOnlySpan<char> value, ReadOnlySpan<char> prefix) =>
        value.Length >= prefix.Length && Equal(value[..prefix.Length], prefix);

    public static bool EndsWith(ReadOnlySpan<char> value, ReadOnlySpan<char> suffix) =>
        value.Length >= suffix.Length && Equal(value[^suffix.Length..], suffix);
}
