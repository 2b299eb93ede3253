using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Clusters;

/// <summary>Names an object in a namespace, written <c>NAMESPACE/NAME</c>.</summary>
internal sealed class ObjectName
{
    private const int MaxNamespaceLength = 63;
    private const int MaxNameLength = 253;

    private ObjectName(string ns, string name)
    {
        Namespace = ns;
        Name = name;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The name in it.</summary>
    public string Name { get; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="name">The name, or null.</param>
    /// <returns>Whether it is one: lower-case letters, digits, hyphens, and dots in the name.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out ObjectName? name)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var isOne = slash > 0
            && IsName(text.AsSpan(0, slash), MaxNamespaceLength, allowsDots: false)
            && IsName(text.AsSpan(slash + 1), MaxNameLength, allowsDots: true);
        name = isOne ? new(text[..slash], text[(slash + 1)..]) : null;
        return isOne;
    }

    /// <summary>As for <see cref="TryParse"/>, for what was checked before.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ObjectName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"`{text}` is not NAMESPACE/NAME");

    /// <inheritdoc />
    public override string ToString() => $"{Namespace}/{Name}";

    // DNS label and DNS subdomain (RFC 1123 §2.1), as the API has them.
    private static bool IsName(ReadOnlySpan<char> text, int maxLength, bool allowsDots)
    {
        if (text.IsEmpty || text.Length > maxLength || !IsEdge(text[0]) || !IsEdge(text[^1]))
        {
            return false;
        }

        foreach (var letter in text)
        {
            if (!IsEdge(letter) && letter != '-' && !(allowsDots && letter == '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsEdge(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter);
}
