using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Evaluation;

/// <summary>The translated rules of a workload for one protocol, in the order of the stages of authorization-policy §2.1.</summary>
/// <param name="Custom">CUSTOM by the name of the provider.</param>
/// <param name="Audit">AUDIT.</param>
/// <param name="Deny">DENY that is enforced.</param>
/// <param name="Allow">ALLOW that is enforced.</param>
/// <param name="DryRunDeny">DENY that is only evaluated.</param>
/// <param name="DryRunAllow">ALLOW that is only evaluated.</param>
public sealed record StageModels(
    IReadOnlyList<CustomModels> Custom,
    GroupModels Audit,
    GroupModels Deny,
    GroupModels Allow,
    GroupModels DryRunDeny,
    GroupModels DryRunAllow)
{
    internal static StageModels Of(FilterChain chain, IReadOnlyList<CompiledPolicy> policies)
    {
        var withoutRules = policies.Where(policy => policy.Source.Rules.Count == 0)
            .ToLookup(policy => (policy.Action, policy.IsDryRun), policy => RuleNames.Of(policy.Source, 0));
        return new(
            [
                .. chain.Custom.Select(stage =>
                    new CustomModels(stage.Provider, stage.Misconfigured, [.. stage.Rules.Rules.Select(rule => rule.Model)])),
            ],
            Of(chain.Audit, withoutRules[(PolicyAction.Audit, false)]),
            Of(chain.Deny, withoutRules[(PolicyAction.Deny, false)]),
            Of(chain.Allow, withoutRules[(PolicyAction.Allow, false)]),
            Of(chain.DryRunDeny, withoutRules[(PolicyAction.Deny, true)]),
            Of(chain.DryRunAllow, withoutRules[(PolicyAction.Allow, true)]));
    }

    private static GroupModels Of(RuleGroup group, IEnumerable<RuleIdentity> withoutRules) =>
        new(group.HasPolicies, [.. group.Rules.Select(rule => rule.Model)], [.. withoutRules]);
}

/// <summary>The rules of one stage.</summary>
/// <param name="HasPolicies">Whether there is a policy, be it one without rules: an ALLOW stage denies then.</param>
/// <param name="Rules">Its rules by the bytes of their ids: the first that matches determines the decision.</param>
/// <param name="WithoutRules">The policies without rules, which match nothing, as Istio names them in Envoy's configuration.</param>
public sealed record GroupModels(
    bool HasPolicies, IReadOnlyList<RuleModel> Rules, IReadOnlyList<RuleIdentity> WithoutRules);

/// <summary>The CUSTOM rules of one provider.</summary>
/// <param name="Provider">Its name, as the policies write it.</param>
/// <param name="Misconfigured">Whether it cannot be asked, so that what matches is denied; authorization-policy §2.5.</param>
/// <param name="Rules">Its rules by the bytes of their ids; <see cref="RuleNames.Misconfigured"/> names them where it cannot.</param>
public sealed record CustomModels(string Provider, bool Misconfigured, IReadOnlyList<RuleModel> Rules);
