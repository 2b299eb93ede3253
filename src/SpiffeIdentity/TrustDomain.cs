using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity;

/// <summary>The name of one trust root, SPIFFE-ID §2.1: 1 to 255 of <c>a-z 0-9 . - _</c>, never interpreted further.</summary>
/// <remarks>Immutable. A class and not a struct: <c>default</c> would be a name nobody checked.</remarks>
public sealed class TrustDomain : IEquatable<TrustDomain>
{
    /// <summary>Longest name in bytes, SPIFFE-ID §2.3.</summary>
    public const int MaxLength = 255;

    internal static readonly SearchValues<char> Alphabet = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

    private TrustDomain(string name) => Name = name;

    /// <summary>The bare name, such as <c>cluster.local</c>.</summary>
    public string Name { get; }

    /// <summary>The trust domain's own SPIFFE ID, without a path: <c>spiffe://name</c>.</summary>
    public SpiffeId Id => SpiffeId.OfTrustDomain(this);

    /// <summary>Parses a bare name.</summary>
    /// <param name="text">A name without scheme; untrusted.</param>
    /// <param name="trustDomain">The trust domain, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the text is a trust domain name.</returns>
    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out TrustDomain? trustDomain, out SpiffeIdError error)
    {
        error = Check(text);
        trustDomain = error == SpiffeIdError.None ? new TrustDomain(text.ToString()) : null;
        return trustDomain is not null;
    }

    /// <summary>Parses a bare name, or takes the trust domain of a whole SPIFFE ID.</summary>
    /// <param name="text">A name or an ID; which one it is, a <c>:/</c> in it decides. Untrusted.</param>
    /// <param name="trustDomain">The trust domain, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="SpiffeIdError.None"/>.</param>
    /// <returns>Whether the text is a trust domain name or a SPIFFE ID.</returns>
    public static bool TryParseNameOrId(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out TrustDomain? trustDomain, out SpiffeIdError error)
    {
        if (!text.Contains(":/", StringComparison.Ordinal))
        {
            return TryParse(text, out trustDomain, out error);
        }

        trustDomain = SpiffeId.TryParse(text, out var id, out error) ? id.TrustDomain : null;
        return trustDomain is not null;
    }

    /// <summary>Parses a bare name from a literal or a test.</summary>
    /// <param name="text">A name without scheme.</param>
    /// <returns>The trust domain.</returns>
    /// <exception cref="FormatException">The text is no trust domain name.</exception>
    public static TrustDomain Parse(string text) =>
        TryParse(text, out var trustDomain, out var error)
            ? trustDomain
            : throw new FormatException($"`{text}` is not a trust domain: {error}");

    /// <inheritdoc />
    public bool Equals(TrustDomain? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as TrustDomain);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>The bare name.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => Name;

    internal static TrustDomain OfChecked(string name) => new(name);

    internal static SpiffeIdError Check(ReadOnlySpan<char> name) => name switch
    {
        { IsEmpty: true } => SpiffeIdError.MissingTrustDomain,
        _ when name.ContainsAnyExcept(Alphabet) => SpiffeIdError.BadTrustDomainChar,
        { Length: > MaxLength } => SpiffeIdError.TooLong,
        _ => SpiffeIdError.None,
    };
}
