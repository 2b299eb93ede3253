using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Spec;

/// <summary>Short ways to write policies of the namespace <c>shop</c>, and to ask whether one matches.</summary>
internal static class Written
{
    public static AuthorizationPolicy Policy(PolicyAction action, params Rule?[] rules) => new()
    {
        Id = new ResourceId(ResourceKind.AuthorizationPolicy, "shop", "p"),
        Action = action,
        Rules = rules,
    };

    public static Rule From(params Source?[] sources) => new() { From = [.. sources.Select(source => new RuleFrom(source))] };

    public static Rule To(params Operation?[] operations) => new() { To = [.. operations.Select(operation => new RuleTo(operation))] };

    public static Rule When(string key, params string[] values) => new() { When = [new Condition(key, values, [])] };

    public static Rule WhenNot(string key, params string[] values) => new() { When = [new Condition(key, [], values)] };

    /// <summary>Whether a rule of a policy with this one rule matches.</summary>
    public static bool Matches(
        this Rule rule, in RequestAttributes request, PolicyAction action = PolicyAction.Deny, MeshSettings? settings = null)
    {
        var model = PolicyTranslator.Translate(Policy(action, rule), settings ?? new MeshSettings());
        var attributes = request;
        return (request.Protocol == RequestProtocol.Http ? model.HttpRules : model.TcpRules)
            .Any(translated => RuleInterpreter.Matches(translated, attributes));
    }
}
