using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Headers;

/// <summary>A condition on the header of a token that is removed before policies are looked at, authorization-policy §2.1 and §8.1.</summary>
internal static class StrippedTokenLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        // CUSTOM is decided before tokens are verified.
        if (field.Attribute != RuleAttribute.Header || policy.Action == PolicyAction.Custom
            || policy.Mesh.RequestAuthenticationsOf(policy.Scope).FirstOrDefault(authentication => Strips(authentication, field.Name)) is not { } found)
        {
            return [];
        }

        return
        [
            new(
                LintCodes.HeaderTokenRemoved,
                field.KeyPath,
                $"{Excerpt.Of(found.Id.ToString())} takes valid tokens out of the header {Excerpt.Of(field.Name)} before this is looked at: the condition may not see it",
                "set `forwardOriginalToken: true`, or use `request.auth.claims[..]`"),
        ];
    }

    private static bool Strips(RequestAuthentication authentication, string header) => authentication.JwtRules.Any(rule =>
        rule is { ForwardOriginalToken: false } && Headers(rule).Contains(header, StringComparer.OrdinalIgnoreCase));

    private static IEnumerable<string> Headers(JwtRule rule) =>
        rule.FromHeaders.Count + rule.FromParams.Count + rule.FromCookies.Count == 0
            ? ["authorization"]
            : rule.FromHeaders.OfType<JwtHeader>().Select(header => header.Name);
}
