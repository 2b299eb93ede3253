using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Federation;

/// <summary>URLs of bundle endpoints: <c>https</c>, with a host, without user information (Federation §5.2.1.1, §5.2.2.1).</summary>
public static class EndpointUrl
{
    /// <summary>Longest URL in characters.</summary>
    public const int MaxLength = 2_048;

    /// <summary>Parses the URL of an endpoint.</summary>
    /// <param name="text">An absolute URL; untrusted.</param>
    /// <param name="url">The URL, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="RelationshipError.None"/>.</param>
    /// <returns>Whether a bundle may be fetched from there.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? url, out RelationshipError error)
    {
        url = null;
        if (text is null || text.Length > MaxLength)
        {
            error = text is null ? RelationshipError.MalformedUrl : RelationshipError.UrlTooLong;
            return false;
        }

        // A control character or a space would be trimmed away, or escaped: the URL would not be the one that was written.
        if (text.AsSpan().ContainsAnyExceptInRange('!', '~') || !Uri.TryCreate(text, UriKind.Absolute, out var parsed))
        {
            error = RelationshipError.MalformedUrl;
            return false;
        }

        error = Check(parsed);
        url = error == RelationshipError.None ? parsed : null;
        return url is not null;
    }

    /// <summary>Where a redirect leads; it holds for one fetch, the relationship keeps its URL.</summary>
    /// <param name="from">The URL that answered.</param>
    /// <param name="location">The answer's <c>Location</c>, absolute or relative; untrusted.</param>
    /// <param name="target">The next URL, or null.</param>
    /// <returns>False where it leads to what is no URL of an endpoint, such as one without TLS.</returns>
    public static bool TryRedirect(Uri from, string? location, [NotNullWhen(true)] out Uri? target)
    {
        ArgumentNullException.ThrowIfNull(from);
        target = null;
        return location is { Length: > 0 and <= MaxLength }
            && !location.AsSpan().ContainsAnyExceptInRange('!', '~')
            && Uri.TryCreate(from, location, out var resolved)
            && TryParse(WithoutFragment(resolved), out target, out _);
    }

    private static RelationshipError Check(Uri url) => url switch
    {
        _ when url.Scheme != Uri.UriSchemeHttps => RelationshipError.NotHttps,
        _ when url.Host.Length == 0 => RelationshipError.MalformedUrl,
        _ when url.UserInfo.Length > 0 || HasEmptyUserInformation(url.OriginalString) => RelationshipError.UrlHasUserInformation,
        _ when url.Fragment.Length > 0 => RelationshipError.UrlHasFragment,
        _ => RelationshipError.None,
    };

    // Uri drops an at sign with nothing before it.
    private static bool HasEmptyUserInformation(ReadOnlySpan<char> text)
    {
        var authority = text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..];
        var end = authority.IndexOfAny('/', '?', '#');
        return (end < 0 ? authority : authority[..end]).Contains('@');
    }

    private static string WithoutFragment(Uri url) => url.Fragment.Length == 0 ? url.AbsoluteUri : url.AbsoluteUri[..^url.Fragment.Length];
}
