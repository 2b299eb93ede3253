using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>A space in a value of a claim that is split at spaces, authorization-policy §3.7.</summary>
internal static class SpacedClaimLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Claim || field.Name is not ("scope" or "permission")
            ? []
            : field.EachValue(LintCodes.ClaimSpaced, value => value.Contains(' ', StringComparison.Ordinal)
                ? new(
                    $"the claim `{field.Name}` is split at spaces before it is compared, so no part of it is {Excerpt.Of(value)}: {(field.Negated ? "it may exclude nothing" : "it may never match")}",
                    "one value for each word; to demand several words write one condition for each")
                : null);
}
