using AuthzEngine.Analysis.Subjects;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>Tokens are asked for where no RequestAuthentication verifies any, authorization-policy §7.2.</summary>
internal static class MissingAuthenticationLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        !field.ReadsToken || policy.Mesh.RequestAuthenticationsOf(policy.Scope).Any()
            ? []
            : [new(
                LintCodes.TokenWithoutAuthentication,
                field.Path,
                $"no RequestAuthentication that was read applies here, and without one no request has a verified token: {(field.Negated ? "this always holds" : "this never matches")}",
                "add a RequestAuthentication with the issuer, or lint it together with this")];
}
