using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>Says in words why a request is allowed or denied. The words hold names of policies, nothing of the request.</summary>
public static class DecisionWords
{
    /// <summary>Describes a decision.</summary>
    /// <param name="decision">The decision.</param>
    /// <returns>Lower case, no period; what had to be assumed comes last.</returns>
    public static string Describe(in Decision decision)
    {
        var text = Describe(decision.Reason, decision.Rule);
        return decision.Assumed == AttributeKinds.None
            ? text
            : $"{text}; the worst was assumed of what is unknown: {string.Join(", ", AttributeNames.Of(decision.Assumed))}";
    }

    private static string Describe(DecisionReason reason, RuleIdentity? rule) => reason switch
    {
        DecisionReason.Undecided => "nothing was decided",
        DecisionReason.NoAllowPolicy => "no DENY rule matched, and no ALLOW policy applies to the workload",
        DecisionReason.AllowRuleMatched => $"{Name(rule)} matched",
        DecisionReason.NoAllowRuleMatched => "ALLOW policies apply to the workload, and none of their rules matched",
        DecisionReason.DenyRuleMatched => $"{Name(rule)} matched",
        DecisionReason.PlaintextRefused => $"{Name(rule)} demands mutual TLS (STRICT), and the peer has no identity",
        DecisionReason.TokenInvalid => "the request has a token that no rule of a RequestAuthentication accepts (HTTP 401)",
        DecisionReason.TokenAudienceRefused => "the request's token is for another audience (HTTP 403)",
        DecisionReason.ProviderMisconfigured =>
            $"{Name(rule)} matched, and its provider is unknown, misconfigured, or one of several",
        DecisionReason.ProviderDenied => $"{Name(rule)} matched, and its provider denied",
        DecisionReason.ProviderFailed => $"{Name(rule)} matched, and its provider failed and does not fail open",
        DecisionReason.InvalidResource => $"{Name(rule)} is invalid, and no valid version of it is known",
        DecisionReason.Banned => "the peer, the workload or the proxy is banned, whatever the policies say",
        _ => throw new UnreachableException(),
    };

    private static string Name(RuleIdentity? rule) => rule switch
    {
        null => "a resource",
        { Index: < 0 } => rule.Policy.ToString(),
        _ => $"{Name(rule.Action)} rule spec.rules[{rule.Index}] of {rule.Policy}",
    };

    /// <summary>Names an action as policies write it.</summary>
    /// <param name="action">The action.</param>
    /// <returns>Its name in upper case.</returns>
    public static string Name(PolicyAction action) => action switch
    {
        PolicyAction.Allow => "ALLOW",
        PolicyAction.Deny => "DENY",
        PolicyAction.Audit => "AUDIT",
        PolicyAction.Custom => "CUSTOM",
        _ => throw new UnreachableException(),
    };
}
