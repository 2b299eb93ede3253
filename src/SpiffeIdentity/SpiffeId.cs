using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity;

/// <summary>A SPIFFE ID, SPIFFE-ID §2: <c>spiffe://trust-domain/path</c>.</summary>
/// <remarks>Immutable; compared bytewise. What parses, <see cref="ToString"/> prints back.</remarks>
public sealed class SpiffeId : IEquatable<SpiffeId>
{
    /// <summary>Longest ID in bytes, SPIFFE-ID §2.3.</summary>
    public const int MaxLength = 2048;

    private const string Scheme = "spiffe://";

    private static readonly SearchValues<char> SegmentAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    private readonly string _text;
    private readonly int _pathStart;
    private TrustDomain? _trustDomain;

    // Invariant: text[Scheme.Length..pathStart] passed TrustDomain.Check, text[pathStart..] passed CheckPath or is empty.
    private SpiffeId(string text, int pathStart, TrustDomain? trustDomain = null)
    {
        _text = text;
        _pathStart = pathStart;
        _trustDomain = trustDomain;
    }

    /// <summary>The trust domain the ID belongs to.</summary>
    /// <remarks>Made when first asked for, so that parsing allocates no more than it must.</remarks>
    public TrustDomain TrustDomain => _trustDomain ??= TrustDomain.OfChecked(TrustDomainName.ToString());

    /// <summary>The path with its leading slash; empty for the trust domain's own ID.</summary>
    public ReadOnlySpan<char> Path => _text.AsSpan(_pathStart);

    /// <summary>Whether the ID has no path: legal for signing certificates and bundles, never for a leaf.</summary>
    public bool IsTrustDomainId => Path.IsEmpty;

    /// <summary>Parses a whole SPIFFE ID out of characters that are not a string of their own: parsing allocates two objects, the ID and its text.</summary>
    /// <remarks>
    /// One object cannot do. The ID must keep the text, of up to <see cref="MaxLength"/> characters, and only strings and arrays have a length that
    /// their type does not fix; so one object would be a structure around a string, whose <c>default</c> is an identity that nobody checked,
    /// or one with room for the longest ID, of 4 KiB. Whoever has a string gives that, and allocates one.
    /// </remarks>
    /// <param name="text">The ID; untrusted. It is copied.</param>
    /// <param name="id">The ID, or null.</param>
    /// <param name="error">The first rule broken, in the order of SPIFFE-ID §2, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the text is a SPIFFE ID.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SpiffeId? id, out SpiffeIdError error)
    {
        error = Check(text, out var pathStart);
        id = error == SpiffeIdError.None ? new SpiffeId(text.ToString(), pathStart) : null;
        return id is not null;
    }

    /// <summary>Parses a whole SPIFFE ID that is a string already, and keeps it: parsing allocates one object, the ID.</summary>
    /// <param name="text">The ID; untrusted.</param>
    /// <param name="id">The ID, or null.</param>
    /// <param name="error">The first rule broken, in the order of SPIFFE-ID §2, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the text is a SPIFFE ID; null is none.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id, out SpiffeIdError error)
    {
        error = Check(text, out var pathStart);
        id = error == SpiffeIdError.None && text is not null ? new SpiffeId(text, pathStart) : null;
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

        var pathStart = Scheme.Length + trustDomain.Name.Length;
        error = LengthOf(segments) > MaxLength - pathStart ? SpiffeIdError.TooLong : SpiffeIdError.None;
        id = error == SpiffeIdError.None ? new SpiffeId(Join(trustDomain, segments), pathStart, trustDomain) : null;
        return id is not null;
    }

    /// <summary>Joins a trust domain and a whole path, checking the path.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="path">Empty, or a slash and what follows; untrusted.</param>
    /// <param name="id">The ID, or null.</param>
    /// <param name="error">The rule that the path breaks, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the path is one.</returns>
    public static bool TryFromPath(
        TrustDomain trustDomain,
        ReadOnlySpan<char> path,
        [NotNullWhen(true)] out SpiffeId? id,
        out SpiffeIdError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        var pathStart = Scheme.Length + trustDomain.Name.Length;
        error = path.Length > MaxLength - pathStart ? SpiffeIdError.TooLong : CheckPath(path);
        id = error == SpiffeIdError.None
            ? new SpiffeId(string.Concat(Scheme, trustDomain.Name, path), pathStart, trustDomain)
            : null;
        return id is not null;
    }

    /// <summary>Whether the ID belongs to a trust domain.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>Whether it is this ID's.</returns>
    public bool MemberOf(TrustDomain trustDomain)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        return TrustDomainName.SequenceEqual(trustDomain.Name);
    }

    /// <inheritdoc />
    public bool Equals(SpiffeId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as SpiffeId);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The whole ID.</summary>
    /// <returns>The text that was parsed.</returns>
    public override string ToString() => _text;

    internal static SpiffeId OfTrustDomain(TrustDomain trustDomain) =>
        new(Scheme + trustDomain.Name, Scheme.Length + trustDomain.Name.Length, trustDomain);

    private ReadOnlySpan<char> TrustDomainName => _text.AsSpan(Scheme.Length, _pathStart - Scheme.Length);

    private static SpiffeIdError Check(ReadOnlySpan<char> text, out int pathStart)
    {
        pathStart = 0;
        if (text.IsEmpty)
        {
            return SpiffeIdError.Empty;
        }

        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return SpiffeIdError.WrongScheme;
        }

        // Before the walk, so that its cost has a bound.
        if (text.Length > MaxLength)
        {
            return SpiffeIdError.TooLong;
        }

        var slash = text[Scheme.Length..].IndexOf('/');
        pathStart = slash < 0 ? text.Length : Scheme.Length + slash;
        var error = TrustDomain.Check(text[Scheme.Length..pathStart]);
        return error == SpiffeIdError.None ? CheckPath(text[pathStart..]) : error;
    }

    private static SpiffeIdError CheckPath(ReadOnlySpan<char> path)
    {
        if (path is not ['/', .. var rest])
        {
            return path.IsEmpty ? SpiffeIdError.None : SpiffeIdError.NoLeadingSlash;
        }

        while (true)
        {
            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            if (segment.IsEmpty)
            {
                return slash < 0 ? SpiffeIdError.TrailingSlash : SpiffeIdError.EmptySegment;
            }

            var error = CheckSegment(segment);
            if (error != SpiffeIdError.None || slash < 0)
            {
                return error;
            }

            rest = rest[(slash + 1)..];
        }
    }

    private static SpiffeIdError CheckSegment(ReadOnlySpan<char> segment) => segment switch
    {
        { IsEmpty: true } => SpiffeIdError.EmptySegment,
        "." or ".." => SpiffeIdError.DotSegment,
        _ when segment.ContainsAnyExcept(SegmentAlphabet) => SpiffeIdError.BadPathSegmentChar,
        _ => SpiffeIdError.None,
    };

    private static long LengthOf(ReadOnlySpan<string> segments)
    {
        var length = 0L;
        foreach (var segment in segments)
        {
            length += 1 + segment.Length;
        }

        return length;
    }

    private static string Join(TrustDomain trustDomain, ReadOnlySpan<string> segments) =>
        string.Create(
            (int)(Scheme.Length + trustDomain.Name.Length + LengthOf(segments)),
            new Parts(trustDomain.Name, segments),
            static (text, parts) =>
            {
                Scheme.CopyTo(text);
                parts.TrustDomain.CopyTo(text[Scheme.Length..]);
                text = text[(Scheme.Length + parts.TrustDomain.Length)..];
                foreach (var segment in parts.Segments)
                {
                    text[0] = '/';
                    segment.CopyTo(text[1..]);
                    text = text[(1 + segment.Length)..];
                }
            });

    /// <summary>What <see cref="Join"/> writes.</summary>
    private readonly ref struct Parts(string trustDomain, ReadOnlySpan<string> segments)
    {
        public string TrustDomain { get; } = trustDomain;

        public ReadOnlySpan<string> Segments { get; } = segments;
    }
}
