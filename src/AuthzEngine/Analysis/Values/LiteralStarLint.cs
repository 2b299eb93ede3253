using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Values;

/// <summary>A star where it stands for itself: only one at the start or end is special, authorization-policy §3.2.</summary>
internal static class LiteralStarLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute switch
    {
        RuleAttribute.Host or RuleAttribute.Method or RuleAttribute.Path or RuleAttribute.Header or RuleAttribute.Sni or RuleAttribute.Claim =>
            field.EachValue(LintCodes.LiteralStar, value => HasLiteralStar(value) ? Literal(field, value) : null),
        RuleAttribute.Principal => field.EachValue(LintCodes.LiteralStar, value => CheckPrincipal(field, value, policy)),
        _ => [],
    };

    /// <summary>Whether a star is left once the special one is taken away.</summary>
    public static bool HasLiteralStar(string value) => value switch
    {
        "*" => false,
        ['*', .. var rest] => rest.Contains('*', StringComparison.Ordinal),
        [.. var rest, '*'] => rest.Contains('*', StringComparison.Ordinal),
        _ => value.Contains('*', StringComparison.Ordinal),
    } && !value.Contains("{*}", StringComparison.Ordinal) && !value.Contains("{**}", StringComparison.Ordinal);

    // A trust domain with a star may be replaced by the mesh's own, §4.
    private static Advice? CheckPrincipal(WrittenField field, string value, AnalyzedPolicy policy) =>
        TrustDomainExpansion.OfPrincipals([value], policy.Mesh.Settings).All(HasLiteralStar)
            ? new(
                $"only one star of {Excerpt.Of(value)}, at the start or end, stands for anything, and no identity of a workload holds a star: {field.NeverMatches}",
                "select by `namespaces` or `serviceAccounts`")
            : null;

    private static Advice Literal(WrittenField field, string value) => new(
        $"only one star of {Excerpt.Of(value)}, at the start or end, stands for anything; another one is the character `*`",
        field.Attribute == RuleAttribute.Path ? "write a path template: `{*}` is one segment, `{**}` any number of them" : "write several values");
}
