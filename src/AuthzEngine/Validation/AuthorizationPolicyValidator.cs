using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>What is wrong with an AuthorizationPolicy as a whole, authorization-policy §6.3.</summary>
internal static class AuthorizationPolicyValidator
{
    private const int MaxRules = 512;

    public static void Validate(AuthorizationPolicy policy, FindingReport report)
    {
        TargetReferenceValidator.Validate(policy.Selector, policy.TargetRef, policy.TargetRefs, report);
        ValidateAction(policy.Action, report);
        ValidateProvider(policy, report);
        ValidateRules(policy, report);
    }

    private static void ValidateAction(PolicyAction action, FindingReport report)
    {
        if (!Enum.IsDefined(action))
        {
            report.Add(ValidationCodes.ActionUnknown, "spec.action", $"there is no action {(int)action}", "write ALLOW, DENY, AUDIT or CUSTOM");
        }
    }

    private static void ValidateProvider(AuthorizationPolicy policy, FindingReport report)
    {
        if (policy.Action != PolicyAction.Custom && policy.Provider is not null)
        {
            report.Add(ValidationCodes.ProviderUnexpected, "spec.provider", "only CUSTOM has a provider");
        }

        if (policy is { Action: PolicyAction.Custom, Rules.Count: > 0, Provider: null or { Name: "" } })
        {
            report.Add(ValidationCodes.ProviderMissing, "spec.provider.name", "CUSTOM needs the name of an extension provider");
        }
    }

    private static void ValidateRules(AuthorizationPolicy policy, FindingReport report)
    {
        if (policy is { Action: PolicyAction.Deny or PolicyAction.Custom, Rules.Count: 0 })
        {
            report.Add(
                ValidationCodes.RulesMissing,
                "spec.rules",
                $"{policy.Action.ToString().ToUpperInvariant()} without rules never matches",
                policy.Action == PolicyAction.Deny ? "to deny everything write `rules: [{}]`" : null);
        }

        if (policy.Rules.Count > MaxRules)
        {
            report.Add(ValidationCodes.RulesTooMany, "spec.rules", $"{policy.Rules.Count} rules, at most {MaxRules} are allowed");
        }

        for (var i = 0; i < policy.Rules.Count; i++)
        {
            RuleValidator.Validate(policy.Rules[i], policy.Action, $"spec.rules[{i}]", report);
        }
    }
}
