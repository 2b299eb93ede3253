using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Identities;

/// <summary>Identity asked for where connections without one are taken: plaintext passes what only refuses some; §2.8 and §7.1.</summary>
internal static class StrictMutualTlsLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy)
    {
        // At gateways and waypoints identity comes from elsewhere; CUSTOM has none.
        if (policy.Scope.Targets.Count > 0 || policy.Action is PolicyAction.Custom or PolicyAction.Audit
            || policy.Modes.Select(modes => modes.Workload).FirstOrDefault(mode => mode.Mode != MutualTlsMode.Strict) is not { } mode)
        {
            yield break;
        }

        foreach (var field in rule.Fields.Where(field => field.ReadsPeer))
        {
            if (Describe(field, policy, mode) is { } remark)
            {
                yield return remark;
            }
        }
    }

    private static Remark? Describe(WrittenField field, AnalyzedPolicy policy, PortMutualTls mode)
    {
        var where = mode.Policy is { } by ? $"{Excerpt.Of(by.ToString())} sets {Name(mode.Mode)}" : "no PeerAuthentication that was read sets STRICT";
        return field.MissLetsThrough(policy.Action) && !RequiresIdentity(field)
            ? new(
                LintCodes.IdentityNeedsStrict,
                field.Path,
                $"{where}: a peer over plaintext has no identity, and {(field.Negated ? "passes this field" : "this DENY does not match it")}",
                field.Negated ? "set mTLS to STRICT, or say who may call" : "set mTLS to STRICT, or also deny `notPrincipals: [\"*\"]`")
            : mode is { Mode: MutualTlsMode.Disable } && !field.Negated
                ? new(LintCodes.IdentityNeedsStrict, field.Path, $"{where}: no peer has an identity, and this never matches", "set mTLS to STRICT or PERMISSIVE")
            : mode.Policy is not null && policy.Action == PolicyAction.Allow && !field.Negated
                ? new(
                    LintCodes.IdentityNeedsStrict,
                    field.Path,
                    $"{where}: a peer over plaintext has no identity, and this does not match it",
                    "set mTLS to STRICT, so that such peers are refused at once",
                    Severity.Info)
            : null;
    }

    // Only those without identity are meant: `notPrincipals: ["*"]`.
    private static bool RequiresIdentity(WrittenField field) => field.Negated && field.Values.Contains("*");

    private static string Name(MutualTlsMode mode) => mode.ToString().ToUpperInvariant();
}
