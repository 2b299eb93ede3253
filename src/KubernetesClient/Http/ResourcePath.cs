using System.Globalization;
using System.Text;

namespace KubernetesClient.Http;

/// <summary>Where objects are.</summary>
internal static class ResourcePath
{
    private const int MaxSegment = 512;

    /// <summary>Whether a name can stand in a path: one that cannot would lead to another object.</summary>
    /// <param name="name">The name; may come from a token or a certificate.</param>
    public static bool IsSegment(string? name) =>
        name is { Length: > 0 and <= MaxSegment } and not "." and not ".."
        && name.AsSpan().IndexOfAnyExcept(Allowed) < 0;

    /// <summary>The path of a kind, in a namespace or in all.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="ns">The namespace; null for all.</param>
    /// <returns>The path; null where the namespace is none.</returns>
    public static string? Of(ResourceKind kind, string? ns)
    {
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        return ns is null ? $"{root}/{kind.Plural}"
            : kind.IsNamespaced && IsSegment(ns) ? $"{root}/namespaces/{ns}/{kind.Plural}"
            : null;
    }

    /// <summary>The path of an object.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace; null for kinds without.</param>
    /// <param name="subresource">What is below it; null for itself.</param>
    /// <returns>The path; null where a name is none, or a namespace is missing or too much.</returns>
    public static string? Of(ResourceKind kind, string? name, string? ns, string? subresource)
    {
        var below = subresource is null ? "" : $"/{subresource}";
        return kind.IsNamespaced == (ns is not null) && IsSegment(name) && Of(kind, ns) is { } path ? $"{path}/{name}{below}" : null;
    }

    /// <summary>The query of a list or watch.</summary>
    /// <param name="query">Which objects.</param>
    /// <param name="more">Further parameters.</param>
    public static string Query(ListQuery query, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var text = new StringBuilder();
        Add(text, "labelSelector", query.LabelSelector);
        Add(text, "fieldSelector", query.FieldSelector);
        foreach (var (name, value) in more)
        {
            Add(text, name, value);
        }

        return text.ToString();
    }

    /// <summary>A number as parameters have it; null for none.</summary>
    /// <param name="number">The number.</param>
    public static string? Text(int number) => number > 0 ? number.ToString(CultureInfo.InvariantCulture) : null;

    private static void Add(StringBuilder text, string name, string? value)
    {
        if (value is { Length: > 0 })
        {
            text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    // Names of objects have no others; those of RBAC, which have colons, are not asked for.
    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");
}
