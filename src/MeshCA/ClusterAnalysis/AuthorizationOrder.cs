using AuthzEngine.Analysis;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;

namespace MeshCA.ClusterAnalysis;

/// <summary>The AuthorizationPolicies of a workload, in the order in which its proxy goes by them (authorization-policy §2.1); pure.</summary>
internal static class AuthorizationOrder
{
    /// <summary>Lists them.</summary>
    /// <param name="policies">The workload's policies.</param>
    /// <returns>CUSTOM, DENY, ALLOW, AUDIT, then dry runs; within a stage by the bytes of the rules' ids.</returns>
    public static IReadOnlyList<AuthorizationRow> Of(WorkloadPolicies policies)
    {
        var stages = policies.HttpModels;
        return
        [
            .. stages.Custom.SelectMany(stage => Rows(
                stage.Misconfigured ? $"CUSTOM {stage.Provider} (cannot be asked: denies)" : $"CUSTOM {stage.Provider}", stage.Rules, [])),
            .. Rows("DENY", stages.Deny),
            .. Rows("ALLOW", stages.Allow),
            .. Rows("AUDIT", stages.Audit),
            .. Rows("DENY (dry run)", stages.DryRunDeny),
            .. Rows("ALLOW (dry run)", stages.DryRunAllow),
        ];
    }

    private static IEnumerable<AuthorizationRow> Rows(string action, GroupModels group) => Rows(action, group.Rules, group.WithoutRules);

    private static IEnumerable<AuthorizationRow> Rows(string action, IReadOnlyList<RuleModel> rules, IReadOnlyList<RuleIdentity> withoutRules) =>
        rules.GroupBy(rule => rule.Identity.Policy)
            .Select(policy => new AuthorizationRow(action, Name(policy.Key), [.. policy.Select(Rule)]))
            .Concat(withoutRules.Select(rule => rule.Policy).Distinct().Select(policy => new AuthorizationRow(action, Name(policy), [])));

    private static string Name(ResourceId policy) => $"{policy.Name}.{policy.Namespace}";

    private static AuthorizationRule Rule(RuleModel rule) => new(
        rule.Identity.Index,
        [.. rule.From.Select(Clauses)],
        [.. rule.To.Select(Clauses)],
        Clauses(rule.When));

    private static IReadOnlyList<string> Clauses(IReadOnlyList<Clause> clauses) => [.. clauses.Select(clause => ClauseText.Of(clause).ToString())];
}

/// <summary>A policy at a workload.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Policy"><c>name.namespace</c>.</param>
/// <param name="Rules">Its rules; none matches nothing.</param>
internal sealed record AuthorizationRow(string Action, string Policy, IReadOnlyList<AuthorizationRule> Rules);

/// <summary>A rule.</summary>
/// <param name="Index">Its place in the policy, from 0.</param>
/// <param name="From">Alternatives of the peer, each a conjunction; none: any.</param>
/// <param name="To">Alternatives of the operation, each a conjunction; none: any.</param>
/// <param name="When">Conditions that all must hold.</param>
internal sealed record AuthorizationRule(
    int Index, IReadOnlyList<IReadOnlyList<string>> From, IReadOnlyList<IReadOnlyList<string>> To, IReadOnlyList<string> When);
