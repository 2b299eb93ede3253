using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Replaces a trust domain of the mesh by all its names, authorization-policy §4.</summary>
public static class TrustDomainExpansion
{
    /// <summary>In policies a pointer to the mesh's own trust domain, whatever its name.</summary>
    private const string LocalPointer = "cluster.local";

    /// <summary>Expands values of <c>principals</c>.</summary>
    /// <param name="values">The values as written.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>One value for each trust domain where the mesh's own is meant; others as written.</returns>
    public static IReadOnlyList<string> OfPrincipals(IReadOnlyList<string> values, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(values);
        var trustDomains = TrustDomains(settings);
        return [.. values.SelectMany(value => OfPrincipal(value, trustDomains))];
    }

    /// <summary>Expands values of <c>trustDomains</c>.</summary>
    /// <param name="values">The values as written.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>All trust domains for each value that is one of them; others as written. Each once.</returns>
    public static IReadOnlyList<string> OfTrustDomains(IReadOnlyList<string> values, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(values);
        var trustDomains = TrustDomains(settings);
        return [.. values.SelectMany(value => trustDomains.Contains(value) ? trustDomains : [value]).Distinct()];
    }

    private static string[] TrustDomains(MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return [settings.TrustDomain, .. settings.TrustDomainAliases];
    }

    private static IEnumerable<string> OfPrincipal(string value, string[] trustDomains)
    {
        // Only `td/ns/n/sa/s` names a trust domain: `td/*` is a prefix of any length, `*` in front names none.
        if (value.AsSpan().Count('/') != 4)
        {
            return [value];
        }

        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var (written, rest) = (value[..slash], value[slash..]);
        return written != "*" && (written == LocalPointer || trustDomains.Any(own => Meet(written, own)))
            ? trustDomains.Select(own => Suffix(written, own) ? value : own + rest).Distinct()
            : [value];
    }

    private static bool Meet(string written, string own) =>
        written == own || Prefix(own, written) || Prefix(written, own) || Suffix(own, written) || Suffix(written, own);

    private static bool Prefix(string pattern, string text) =>
        pattern is [.. var prefix, '*'] && text.StartsWith(prefix, StringComparison.Ordinal);

    private static bool Suffix(string pattern, string text) =>
        pattern is ['*', .. var suffix] && text.EndsWith(suffix, StringComparison.Ordinal);
}
