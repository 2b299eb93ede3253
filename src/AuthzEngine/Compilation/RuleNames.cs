using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>The names that Istio gives rules in Envoy's configuration, authorization-policy §1.5.</summary>
public static class RuleNames
{
    private const string MisconfiguredSuffix = "-deny-due-to-bad-CUSTOM-action";

    /// <summary>Names a rule.</summary>
    /// <param name="policy">Its policy.</param>
    /// <param name="index">Its index in spec.rules.</param>
    /// <returns>The rule's identity.</returns>
    public static RuleIdentity Of(AuthorizationPolicy policy, int index)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var prefix = policy.Action == PolicyAction.Custom ? $"istio-ext-authz-{policy.Provider?.Name}-" : "";
        return new($"{prefix}ns[{policy.Id.Namespace}]-policy[{policy.Id.Name}]-rule[{index}]", policy.Id, index, policy.Action);
    }

    /// <summary>Names a CUSTOM rule whose provider cannot be asked: it denies what it matches, authorization-policy §2.5.</summary>
    /// <param name="rule">The rule as <see cref="Of"/> named it.</param>
    /// <returns>The rule's identity at a workload where its provider is bad.</returns>
    public static RuleIdentity Misconfigured(RuleIdentity rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule with { Id = rule.Id + MisconfiguredSuffix };
    }
}
