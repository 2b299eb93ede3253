using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>Compiles each policy of a set once, and ranks their rules.</summary>
internal static class PolicyCompiler
{
    public static IReadOnlyList<CompiledPolicy> Compile(IEnumerable<AuthorizationPolicy> policies, MeshSettings settings)
    {
        var models = policies.Select(policy => PolicyTranslator.Translate(policy, settings)).ToList();
        var ranks = Rank(models);
        var providers = settings.ExtensionProviders.ToLookup(provider => provider.Name, StringComparer.Ordinal);
        var pool = new ClausePool();
        return [.. models.Select((model, ordinal) => new CompiledPolicy(model, ordinal, ranks, Provider(model.Source, providers), pool))];
    }

    // Envoy tries rules in the order of their ids' bytes, so `rule[10]` comes before `rule[2]`; authorization-policy §3.1.
    private static Dictionary<string, int> Rank(IEnumerable<PolicyModel> models) => models
        .SelectMany(model => model.HttpRules.Concat(model.TcpRules))
        .Select(rule => rule.Identity.Id)
        .Distinct(StringComparer.Ordinal)
        .Order(Utf8Order.Instance)
        .Select((id, rank) => KeyValuePair.Create(id, rank))
        .ToDictionary(StringComparer.Ordinal);

    // A name that two providers have is as bad as one that none has; authorization-policy §2.5.
    private static ExtensionProvider? Provider(AuthorizationPolicy policy, ILookup<string, ExtensionProvider> providers) =>
        policy is { Action: PolicyAction.Custom, Provider.Name: { } name } && providers[name].ToArray() is [{ Valid: true } provider]
            ? provider
            : null;
}
