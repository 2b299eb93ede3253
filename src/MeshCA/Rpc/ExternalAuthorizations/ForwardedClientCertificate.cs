using System.Buffers;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>Reads <c>x-forwarded-client-cert</c> as Envoy writes it: <c>By=..;Hash=..;URI=..</c> for each proxy on the way, between commas.</summary>
/// <remarks>
/// Proxies append, so the last element tells of the direct peer's certificate, and those before it are what that peer said.
/// A list of any other form is refused as a whole: an open quote of a client would swallow the proxy's element.
/// </remarks>
internal static class ForwardedClientCertificate
{
    private const string UriKey = "URI";

    // What Envoy puts between quotes where a value holds it, and what belongs in no header.
    private static readonly SearchValues<char> Delimiters = SearchValues.Create("\",;= \t");

    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Finds the identity of the direct peer.</summary>
    /// <param name="list">The header, its lines joined; untrusted but for its last element.</param>
    /// <param name="identity">The only URI of the last element's certificate; null where it tells none, or several.</param>
    /// <returns>False where the list is not in Envoy's form.</returns>
    public static bool TryRead(string list, out string? identity)
    {
        identity = null;
        var rest = list.AsSpan();
        while (TryReadElement(ref rest, out identity))
        {
            if (rest.IsEmpty)
            {
                return true;
            }

            rest = rest[1..].TrimStart(' '); // as lines are joined
        }

        identity = null;
        return false;
    }

    // Ends before a comma, or at the end.
    private static bool TryReadElement(ref ReadOnlySpan<char> rest, out string? identity)
    {
        identity = null;
        var count = 0;
        while (TryReadPair(ref rest, out var key, out var value))
        {
            if (key is UriKey)
            {
                count++;
                identity = count == 1 && value.Length > 0 ? value.ToString() : null;
            }

            if (rest.IsEmpty || rest[0] == ',')
            {
                return true;
            }

            rest = rest[1..];
        }

        return false;
    }

    // Ends before a semicolon or a comma, or at the end.
    private static bool TryReadPair(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> key, out ReadOnlySpan<char> value)
    {
        value = default;
        var equals = rest.IndexOf('=');
        key = rest[..Math.Max(equals, 0)];
        if (key.IsEmpty || key.ContainsAnyExcept(KeyCharacters))
        {
            return false;
        }

        rest = rest[(equals + 1)..];
        var isQuoted = rest.StartsWith('"');
        var length = isQuoted ? QuotedLength(rest) : PlainLength(rest);
        if (length < 0)
        {
            return false;
        }

        // A URI holds no quote, so that none of its characters is escaped.
        value = isQuoted ? rest[1..(length - 1)] : rest[..length];
        rest = rest[length..];
        return rest.IsEmpty || rest[0] is ';' or ',';
    }

    private static int PlainLength(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(Delimiters);
        return end < 0 ? text.Length : end;
    }

    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            i += text[i] == '\\' ? 1 : 0;
        }

        return -1;
    }
}
