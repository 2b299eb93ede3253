using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>The cookies of a request, RFC 6265 §4.2.1.</summary>
internal static class CookieHeader
{
    private const string Name = "cookie";

    /// <summary>Finds the first cookie of a name.</summary>
    /// <param name="headers">The headers; untrusted.</param>
    /// <param name="name">The cookie; case counts.</param>
    /// <returns>Its value without the quotes that may enclose it; null where there is none.</returns>
    public static string? FindFirst(IRequestHeaders? headers, string name)
    {
        var lines = headers?.Find(Name) ?? default;
        for (var i = 0; i < lines.Count; i++)
        {
            if (FindInLine(lines[i], name) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    private static string? FindInLine(ReadOnlySpan<char> line, string name)
    {
        foreach (var range in line.Split(';'))
        {
            var pair = line[range].Trim(" \t");
            var equals = pair.IndexOf('=');
            if (equals >= 0 && pair[..equals].SequenceEqual(name))
            {
                return Unquoted(pair[(equals + 1)..]).ToString();
            }
        }

        return null;
    }

    private static ReadOnlySpan<char> Unquoted(ReadOnlySpan<char> value) =>
        value is ['"', .. var inner, '"'] ? inner : value;
}
