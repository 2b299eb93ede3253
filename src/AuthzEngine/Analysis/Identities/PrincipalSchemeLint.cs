using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Identities;

/// <summary>The scheme in a principal: it is prepended once more, authorization-policy §3.5.</summary>
internal static class PrincipalSchemeLint
{
    private const string Scheme = "spiffe://";

    public static bool HasScheme(string value) => value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute switch
    {
        RuleAttribute.Principal or RuleAttribute.TrustDomain => field.EachValue(
            LintCodes.PrincipalScheme,
            value => HasScheme(value)
                ? new($"{Excerpt.Of(value)} holds the scheme, which is added to every value: {field.NeverMatches}", $"write {Excerpt.Of(value[Scheme.Length..])}")
                : null),
        _ => [],
    };
}
