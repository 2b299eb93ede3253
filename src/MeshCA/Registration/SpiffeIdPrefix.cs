using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity;

namespace MeshCA.Registration;

/// <summary>A SPIFFE ID and all below it, by whole segments: <c>spiffe://td/ns/shop</c> covers no <c>spiffe://td/ns/shopping</c>.</summary>
/// <remarks>Immutable; compared bytewise. What <see cref="TryParse"/> accepts, <see cref="ToString"/> prints back.</remarks>
internal sealed class SpiffeIdPrefix : IEquatable<SpiffeIdPrefix>
{
    private readonly string _text;

    // Invariant: a SPIFFE ID.
    private SpiffeIdPrefix(string text) => _text = text;

    /// <summary>Parses a prefix, which has the form of a SPIFFE ID; that of a trust domain covers the whole domain.</summary>
    /// <param name="text">The prefix, without a slash at its end; untrusted.</param>
    /// <param name="prefix">The prefix, or null.</param>
    /// <param name="error">The first rule broken, SPIFFE-ID §2.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out SpiffeIdPrefix? prefix, out SpiffeIdError error)
    {
        prefix = SpiffeId.TryParse(text, out var id, out error) ? new SpiffeIdPrefix(id.ToString()) : null;
        return prefix is not null;
    }

    /// <summary>How much it says: of two that cover the same ID, the longer one says more.</summary>
    public int Length => _text.Length;

    /// <summary>What the text of every ID below it begins with.</summary>
    public string Below => _text + "/";

    /// <summary>Whether an ID is this one, or below it.</summary>
    public bool Covers(SpiffeId id) => Covers(id.ToString());

    /// <summary>Whether all that another prefix covers is covered by this one.</summary>
    public bool Covers(SpiffeIdPrefix other) => Covers(other._text);

    /// <inheritdoc />
    public bool Equals(SpiffeIdPrefix? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as SpiffeIdPrefix);

    /// <inheritdoc />
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The ID without a slash at its end.</summary>
    /// <returns>The text that <see cref="TryParse"/> accepts.</returns>
    public override string ToString() => _text;

    private bool Covers(string id) =>
        id.StartsWith(_text, StringComparison.Ordinal) && (id.Length == _text.Length || id[_text.Length] == '/');
}
