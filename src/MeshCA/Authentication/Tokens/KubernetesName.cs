using System.Buffers;

namespace MeshCA.Authentication.Tokens;

/// <summary>The forms of Kubernetes names. Each is also a valid path segment of a SPIFFE ID.</summary>
internal static class KubernetesName
{
    private const int MaxLabelLength = 63;
    private const int MaxSubdomainLength = 253;

    private static readonly SearchValues<char> Inner = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Whether a text is an RFC 1123 label of at most 63 characters: a namespace.</summary>
    public static bool IsLabel(ReadOnlySpan<char> text) => text.Length <= MaxLabelLength && IsPart(text);

    /// <summary>Whether a text is an RFC 1123 subdomain of at most 253 characters: a service account, pod or node.</summary>
    public static bool IsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxSubdomainLength)
        {
            return false;
        }

        foreach (var part in text.Split('.'))
        {
            if (!IsPart(text[part]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPart(ReadOnlySpan<char> text) =>
        !text.IsEmpty && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(Inner);
}
