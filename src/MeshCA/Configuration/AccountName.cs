using System.Text.RegularExpressions;

namespace MeshCA.Configuration;

/// <summary>The forms of namespaces and service accounts in settings.</summary>
internal static partial class AccountName
{
    /// <summary>Whether a text is a namespace's name.</summary>
    public static bool IsNamespace(string? text) => text is not null && Namespace().IsMatch(text);

    /// <summary>Whether a text is <c>namespace/name</c>.</summary>
    public static bool IsQualified(string? text) => text is { Length: <= 317 } && Qualified().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Qualified();
}
