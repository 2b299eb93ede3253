using System.Buffers;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>Takes tokens out of the places of a request, as Envoy's jwt_authn does.</summary>
internal static class TokenSearch
{
    // RFC 7515 §7.1: three parts of base64url between dots.
    private static readonly SearchValues<char> TokenAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Finds the tokens at a place.</summary>
    /// <param name="location">The place.</param>
    /// <param name="request">The request; untrusted.</param>
    /// <param name="found">Takes the tokens; a place may hold several only where a header has several lines.</param>
    public static void Find(TokenLocation location, in RequestAttributes request, List<FoundToken> found)
    {
        switch (location)
        {
            case TokenLocation.Header header:
                FindInHeader(header, request.Headers, found);
                break;
            case TokenLocation.Parameter(var name) when QueryString.FindFirst(request.Path, name) is { } value:
                found.Add(new(location, value));
                break;
            case TokenLocation.Cookie(var name) when CookieHeader.FindFirst(request.Headers, name) is { } value:
                found.Add(new(location, value));
                break;
        }
    }

    // Pseudo headers are not asked of the caller's structure, and hold no tokens.
    private static void FindInHeader(TokenLocation.Header location, IRequestHeaders? headers, List<FoundToken> found)
    {
        var lines = headers is null || location.Name.StartsWith(':') ? default : headers.Find(location.Name);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (location.Prefix.Length == 0)
            {
                found.Add(new(location, line));
            }
            else if (line.StartsWith(location.Prefix, StringComparison.Ordinal))
            {
                found.Add(new(location, AfterPrefix(line.AsSpan(location.Prefix.Length))));
            }
        }
    }

    // Envoy skips what cannot begin a token: a second space is no fault. Nothing left is an empty token, which is malformed.
    private static string AfterPrefix(ReadOnlySpan<char> rest)
    {
        var start = rest.IndexOfAny(TokenAlphabet);
        return start < 0 ? "" : rest[start..].ToString();
    }
}

/// <summary>A token as a request holds it. No record: a record's printed form would hold the token.</summary>
/// <param name="location">Where it stands.</param>
/// <param name="text">The token; untrusted, secret.</param>
public sealed class FoundToken(TokenLocation location, string text)
{
    /// <summary>Where it stands.</summary>
    public TokenLocation Location { get; } = location;

    /// <summary>The token; untrusted, secret.</summary>
    public string Text { get; } = text;
}
