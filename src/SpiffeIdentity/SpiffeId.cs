using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity;

/// <summary>A SPIFFE ID, SPIFFE-ID §2: <c>spiffe://trust-domain/path</c>.</summary>
/// <remarks>Immutable; compared bytewise. What <see cref="TryParse"/> accepts, <see cref="ToString"/> prints back.</remarks>
public sealed class SpiffeId : IEquatable<SpiffeId>
{
    /// <summary>Longest ID in bytes, SPIFFE-ID §2.3.</summary>
    public const int MaxLength = 2048;

    private const string Scheme = "spiffe://";

    private static readonly SearchValues<char> SegmentAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    private readonly string _text;

    private SpiffeId(TrustDomain trustDomain, string text)
    {
        TrustDomain = trustDomain;
        _text = text;
    }

    /// <summary>The trust domain the ID belongs to.</summary>
    public TrustDomain TrustDomain { get; }

    /// <summary>The path with its leading slash; empty for the trust domain's own ID.</summary>
    public ReadOnlySpan<char> Path => _text.AsSpan(Scheme.Length + TrustDomain.Name.Length);

    /// <summary>Whether the ID has no path: legal for signing certificates and bundles, never for a leaf.</summary>
    public bool IsTrustDomainId => Path.IsEmpty;

    /// <summary>Parses a whole SPIFFE ID.</summary>
    /// <param name="text">The ID; untrusted.</param>
    /// <param name="id">The ID, or null.</param>
    /// <param name="error">The first rule broken, in the order of SPIFFE-ID §2, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the text is a SPIFFE ID.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SpiffeId? id, out SpiffeIdError error)
    {
        id = null;
        if (text.IsEmpty)
        {
            error = SpiffeIdError.Empty;
            return false;
        }

        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            error = SpiffeIdError.WrongScheme;
            return false;
        }

        // Before the walk, so that its cost has a bound.
        if (text.Length > MaxLength)
        {
            error = SpiffeIdError.TooLong;
            return false;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/');
        var path = slash < 0 ? [] : rest[slash..];
        if (!TrustDomain.TryParse(slash < 0 ? rest : rest[..slash], out var trustDomain, out error))
        {
            return false;
        }

        error = path.IsEmpty ? SpiffeIdError.None : CheckPath(path);
        id = error == SpiffeIdError.None ? new SpiffeId(trustDomain, text.ToString()) : null;
        return id is not null;
    }

    /// <summary>Parses a SPIFFE ID from a literal or a test.</summary>
    /// <param name="text">The ID.</param>
    /// <returns>The ID.</returns>
    /// <exception cref="FormatException">The text is no SPIFFE ID.</exception>
    public static SpiffeId Parse(string text) =>
        TryParse(text, out var id, out var error) ? id : throw new FormatException($"`{text}` is not a SPIFFE ID: {error}");

    /// <summary>Joins a trust domain and path segments, checking each segment.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="segments">The segments, without slashes; untrusted.</param>
    /// <param name="id">The ID, or null.</param>
    /// <param name="error">The rule that a segment breaks, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the segments form a path.</returns>
    public static bool TryFromSegments(
        TrustDomain trustDomain,
        ReadOnlySpan<string> segments,
        [NotNullWhen(true)] out SpiffeId? id,
        out SpiffeIdError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        id = null;
        foreach (var segment in segments)
        {
            error = CheckSegment(segment);
            if (error != SpiffeIdError.None)
            {
                return false;
            }
        }

        var text = segments.IsEmpty
            ? Scheme + trustDomain.Name
            : string.Concat(Scheme, trustDomain.Name, "/", string.Join('/', segments));
        error = text.Length > MaxLength ? SpiffeIdError.TooLong : SpiffeIdError.None;
        id = error == SpiffeIdError.None ? new SpiffeId(trustDomain, text) : null;
        return id is not null;
    }

    /// <summary>Whether the ID belongs to a trust domain.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>Whether it is this ID's.</returns>
    public bool MemberOf(TrustDomain trustDomain) => TrustDomain.Equals(trustDomain);

    /// <inheritdoc />
    public bool Equals(SpiffeId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as SpiffeId);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The whole ID.</summary>
    /// <returns>The text that <see cref="TryParse"/> accepts.</returns>
    public override string ToString() => _text;

    internal static SpiffeId OfTrustDomain(TrustDomain trustDomain) => new(trustDomain, Scheme + trustDomain.Name);

    private static SpiffeIdError CheckPath(ReadOnlySpan<char> path)
    {
        foreach (var range in path[1..].Split('/'))
        {
            var segment = path[1..][range];
            if (segment.IsEmpty)
            {
                return range.End.GetOffset(path.Length - 1) == path.Length - 1
                    ? SpiffeIdError.TrailingSlash
                    : SpiffeIdError.EmptySegment;
            }

            if (CheckSegment(segment) is var error and not SpiffeIdError.None)
            {
                return error;
            }
        }

        return SpiffeIdError.None;
    }

    private static SpiffeIdError CheckSegment(ReadOnlySpan<char> segment) => segment switch
    {
        { IsEmpty: true } => SpiffeIdError.EmptySegment,
        "." or ".." => SpiffeIdError.DotSegment,
        _ when segment.ContainsAnyExcept(SegmentAlphabet) => SpiffeIdError.BadPathSegmentChar,
        _ => SpiffeIdError.None,
    };
}
