using System.Buffers;
using System.Text;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Text for Envoy's regular expressions.</summary>
internal static class Re2
{
    private static readonly SearchValues<char> Metacharacters = SearchValues.Create(@"\.+*?()|[]{}^$");

    /// <summary>Escapes what would not match itself, as Go's QuoteMeta.</summary>
    public static string Quote(string text)
    {
        if (!text.AsSpan().ContainsAny(Metacharacters))
        {
            return text;
        }

        var quoted = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
        {
            _ = (Metacharacters.Contains(letter) ? quoted.Append('\\') : quoted).Append(letter);
        }

        return quoted.ToString();
    }
}
