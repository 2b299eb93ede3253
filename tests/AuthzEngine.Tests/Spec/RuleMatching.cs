using System.Diagnostics;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Asks the engine whether a rule matches, by what its action then does.</summary>
internal static class RuleMatching
{
    /// <summary>Whether the engine, given a policy with this one rule, does what the action says.</summary>
    public static bool Matches(
        this Rule rule, in RequestAttributes request, PolicyAction action = PolicyAction.Deny, MeshSettings? settings = null)
    {
        var policy = Written.Policy(action, rule);
        var mesh = (settings ?? new MeshSettings()) with
        {
            ExtensionProviders = policy.Provider is { } provider ? [new(provider.Name, ExtensionProviderKind.Grpc)] : [],
        };
        var decision = PolicySet.Compile(new ResourceSet([policy], []), mesh)
            .For(new Workload { Namespace = policy.Id.Namespace })
            .Decide(in request);
        return action switch
        {
            PolicyAction.Allow => decision.Reason == DecisionReason.AllowRuleMatched,
            PolicyAction.Deny => decision.Reason == DecisionReason.DenyRuleMatched,
            PolicyAction.Audit => decision.Audit,
            PolicyAction.Custom => decision.ProvidersToAsk is not null,
            _ => throw new UnreachableException(),
        };
    }
}
