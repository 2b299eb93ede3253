using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>A request principal whose issuer no RequestAuthentication accepts; mostly a slash too many or too few.</summary>
internal static class UnknownIssuerLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        if (field.Attribute != RuleAttribute.RequestPrincipal
            || policy.Mesh.Settings.RequestPrincipals == RequestPrincipalMatching.Joined)
        {
            return [];
        }

        string[] issuers = [.. policy.Mesh.RequestAuthenticationsOf(policy.Scope)
            .SelectMany(authentication => authentication.JwtRules.OfType<JwtRule>())
            .Select(rule => rule.Issuer)];

        // Without an issuer a rule accepts any; without rules another lint speaks.
        return issuers.Length == 0 || issuers.Contains("")
            ? []
            : field.EachValue(LintCodes.RequestPrincipalIssuerUnknown, value => Check(value, issuers));
    }

    private static Advice? Check(string value, string[] issuers) =>
        RequestPrincipalPattern.Of(value) is RequestPrincipalPattern.Apart { Issuer: { Kind: TextMatch.Exact, Text: not [.., ':', '/'] } issuer }
        && !issuers.Any(known => issuer.Matches(known))
            ? new(
                $"no RequestAuthentication that was read accepts tokens of the issuer {Excerpt.Of(issuer.Text)}",
                Array.Find(issuers, known => known.Trim('/') == issuer.Text.Trim('/')) is { } similar ? $"the issuer is {Excerpt.Of(similar)}" : null)
            : null;
}
