using System.Diagnostics;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Short ways to write policies of the namespace <c>shop</c>, and to ask whether one matches.</summary>
internal static class Written
{
    private static readonly ExtensionProvider Provider = new("sso", ExtensionProviderKind.Grpc);

    public static AuthorizationPolicy Policy(PolicyAction action, params Rule?[] rules) => new()
    {
        Id = new ResourceId(ResourceKind.AuthorizationPolicy, "shop", "p"),
        Action = action,
        Provider = action == PolicyAction.Custom ? new ProviderReference(Provider.Name) : null,
        Rules = rules,
    };

    public static Rule From(params Source?[] sources) => new() { From = [.. sources.Select(source => new RuleFrom(source))] };

    public static Rule To(params Operation?[] operations) => new() { To = [.. operations.Select(operation => new RuleTo(operation))] };

    public static Rule When(string key, params string[] values) => new() { When = [new Condition(key, values, [])] };

    public static Rule WhenNot(string key, params string[] values) => new() { When = [new Condition(key, [], values)] };

    /// <summary>Whether the engine, given a policy with this one rule, does what the action says.</summary>
    public static bool Matches(
        this Rule rule, in RequestAttributes request, PolicyAction action = PolicyAction.Deny, MeshSettings? settings = null)
    {
        var mesh = (settings ?? new MeshSettings()) with { ExtensionProviders = [Provider] };
        var decision = PolicySet.Compile(new ResourceSet([Policy(action, rule)], []), mesh)
            .For(new Workload { Namespace = "shop" })
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
