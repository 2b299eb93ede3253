using System.Diagnostics;
using AuthzEngine.Evaluation;

namespace MeshCA.Decisions;

/// <summary>The names of reasons outside of this program: in metadata, logs, metrics and answers. They never change.</summary>
internal static class DecisionTexts
{
    /// <summary>The name of a reason.</summary>
    public static string Of(DecisionReason reason) => reason switch
    {
        DecisionReason.Undecided => "undecided",
        DecisionReason.NoAllowPolicy => "no_allow_policy",
        DecisionReason.AllowRuleMatched => "allow_rule_matched",
        DecisionReason.NoAllowRuleMatched => "no_allow_rule_matched",
        DecisionReason.DenyRuleMatched => "deny_rule_matched",
        DecisionReason.PlaintextRefused => "plaintext_refused",
        DecisionReason.TokenInvalid => "token_invalid",
        DecisionReason.TokenAudienceRefused => "token_audience_refused",
        DecisionReason.ProviderMisconfigured => "provider_misconfigured",
        DecisionReason.ProviderDenied => "provider_denied",
        DecisionReason.ProviderFailed => "provider_failed",
        DecisionReason.InvalidResource => "invalid_resource",
        DecisionReason.Banned => "banned",
        _ => throw new UnreachableException(),
    };
}
