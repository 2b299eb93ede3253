using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Identities;

/// <summary>A trust domain that is none of the mesh's: sidecars refuse its peers before any policy, authorization-policy §4.</summary>
internal static class ForeignTrustDomainLint
{
    private const string Pointer = "cluster.local"; // has a lint of its own

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        if (!policy.Mesh.SettingsAreKnown || field.Attribute is not (RuleAttribute.Principal or RuleAttribute.TrustDomain))
        {
            return [];
        }

        return field.EachValue(LintCodes.TrustDomainForeign, value => Domain(field, value) is { } domain && IsForeign(domain, policy)
            ? new(
                $"{Excerpt.Of(domain)} is neither the mesh's trust domain nor an alias: sidecars refuse such peers before any policy, so it may never match",
                "add it to `trustDomainAliases` if the peer is one of the mesh")
            : null);
    }

    // Where a star may stand for part of it nothing is claimed.
    private static string? Domain(WrittenField field, string value)
    {
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var domain = field.Attribute == RuleAttribute.TrustDomain ? value : slash > 0 ? value[..slash] : "*";
        return domain.Contains('*', StringComparison.Ordinal) || PrincipalSchemeLint.HasScheme(value) ? null : domain;
    }

    private static bool IsForeign(string domain, AnalyzedPolicy policy) =>
        domain != Pointer
        && !policy.Mesh.TrustDomains.Any(own => own == domain || own.Contains('*', StringComparison.Ordinal));
}
