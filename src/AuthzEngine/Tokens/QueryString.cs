using System.Globalization;

namespace AuthzEngine.Tokens;

/// <summary>The query of a request target: names and values between <c>?</c>, <c>&amp;</c> and <c>=</c>, percent-encoded.</summary>
internal static class QueryString
{
    /// <summary>Finds the first value of a parameter.</summary>
    /// <param name="target">The request target; untrusted.</param>
    /// <param name="name">The parameter, decoded.</param>
    /// <returns>Its value, decoded; empty where it has no <c>=</c>, null where the parameter is absent.</returns>
    public static string? FindFirst(string? target, string name)
    {
        var query = Query(target);
        foreach (var range in query.Split('&'))
        {
            if (IsNamed(query[range], name, out var value))
            {
                return Decode(value);
            }
        }

        return null;
    }

    /// <summary>Takes a parameter out; the others stay as they are written.</summary>
    /// <param name="target">The request target; untrusted.</param>
    /// <param name="name">The parameter, decoded.</param>
    /// <returns>The target without it, and without <c>?</c> where nothing else is asked.</returns>
    public static string Remove(string target, string name)
    {
        var query = Query(target);
        var kept = new List<string>();
        foreach (var range in query.Split('&'))
        {
            if (!IsNamed(query[range], name, out _))
            {
                kept.Add(query[range].ToString());
            }
        }

        var path = target[..(target.Length - query.Length)];
        return kept.Count > 0 ? path + string.Join('&', kept) : path.TrimEnd('?');
    }

    private static ReadOnlySpan<char> Query(string? target)
    {
        var start = target.AsSpan().IndexOf('?');
        return start < 0 ? default : target.AsSpan(start + 1);
    }

    private static bool IsNamed(ReadOnlySpan<char> parameter, string name, out ReadOnlySpan<char> value)
    {
        var equals = parameter.IndexOf('=');
        value = equals < 0 ? default : parameter[(equals + 1)..];
        var written = equals < 0 ? parameter : parameter[..equals];
        return written.Contains('%') ? Decode(written) == name : written.SequenceEqual(name);
    }

    // An octet becomes one character: tokens and the names of parameters are ASCII, and anything else is no token.
    private static string Decode(ReadOnlySpan<char> text)
    {
        var decoded = new char[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                decoded[length++] = (char)octet;
                i += 2;
            }
            else
            {
                decoded[length++] = text[i];
            }
        }

        return new string(decoded, 0, length);
    }
}
