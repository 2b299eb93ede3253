using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>A RequestAuthentication alone: it refuses bad tokens, and lets requests without any through; authorization-policy §7.2.</summary>
internal static class OptionalTokenLint
{
    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh) =>
        from authentication in mesh.RequestAuthentications
        where authentication.JwtRules.Count > 0
        let scope = Scope.Of(authentication, mesh.Settings)
        where !mesh.Policies.Any(policy => policy.Scope.MayMeet(scope) && policy.Rules.Any(rule => rule.Fields.Any(field => field.ReadsToken)))
        select new LocatedRemark(authentication.Id, new(
            LintCodes.TokenOptional,
            "spec.jwtRules",
            "requests without a token pass: no AuthorizationPolicy that was read asks for one here",
            "to demand tokens add a DENY policy with `notRequestPrincipals: [\"*\"]`",
            Severity.Info));
}
