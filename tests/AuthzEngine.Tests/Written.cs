using System.Diagnostics;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests;

/// <summary>Short ways to write resources of the namespace <c>shop</c>, valid but for what a test puts in.</summary>
internal static class Written
{
    private static readonly ExtensionProvider Provider = new("sso", ExtensionProviderKind.Grpc);

    public static ResourceId Id(ResourceKind kind, string name = "p") => new(kind, "shop", name);

    public static AuthorizationPolicy Policy(PolicyAction action, params Rule?[] rules) => new()
    {
        Id = Id(ResourceKind.AuthorizationPolicy),
        Action = action,
        Provider = action == PolicyAction.Custom ? new(Provider.Name) : null,
        Rules = rules,
    };

    public static AuthorizationPolicy Allow(params Rule?[] rules) => Policy(PolicyAction.Allow, rules);

    public static AuthorizationPolicy Deny(params Rule?[] rules) => Policy(PolicyAction.Deny, rules);

    public static Rule From(params Source?[] sources) => new() { From = [.. sources.Select(source => new RuleFrom(source))] };

    public static Rule To(params Operation?[] operations) => new() { To = [.. operations.Select(operation => new RuleTo(operation))] };

    public static Rule When(string key, params string[] values) => new() { When = [new(key, values, [])] };

    public static Rule WhenNot(string key, params string[] values) => new() { When = [new(key, [], values)] };

    public static RequestAuthentication Tokens(params JwtRule?[] rules) =>
        new() { Id = Id(ResourceKind.RequestAuthentication), JwtRules = rules };

    public static JwtRule Issuer => new() { Issuer = "https://issuer.example" };

    public static PeerAuthentication Peers(WorkloadSelector? selector = null) =>
        new() { Id = Id(ResourceKind.PeerAuthentication), Selector = selector };

    public static WorkloadSelector Labels(params string[] keysAndValues) =>
        new(keysAndValues.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]));

    /// <summary>Texts a1, a2, and so on.</summary>
    public static string[] Texts(int count) => [.. Enumerable.Range(1, count).Select(number => $"a{number}")];

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
