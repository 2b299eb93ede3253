using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>The CUSTOM policies of one provider, authorization-policy §2.5.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Misconfigured">Whether it cannot be asked, so that a match denies.</param>
/// <param name="Rules">The rules that want it asked.</param>
internal sealed record CustomStage(string Provider, bool Misconfigured, RuleGroup Rules)
{
    /// <summary>The stages of a workload, by the bytes of the providers' names.</summary>
    public static IReadOnlyList<CustomStage> Of(
        IReadOnlyList<LayerRules> layers, IReadOnlyList<CompiledPolicy> policies, bool multipleProviders, RequestProtocol protocol)
    {
        var providers = policies.Where(policy => policy.Action == PolicyAction.Custom)
            .GroupBy(policy => policy.ProviderName, StringComparer.Ordinal)
            .OrderBy(group => group.Key, Utf8Order.Instance).ToList();

        // Istio's default: with two providers it asks neither, and denies what either is wanted for.
        var tooMany = providers.Count > 1 && !multipleProviders;
        return
        [
            .. providers
                .Select(group => (Name: group.Key, Provider: tooMany ? null : group.First().Provider))
                .Where(stage => protocol == RequestProtocol.Http || stage.Provider is not { Kind: ExtensionProviderKind.Http })
                .Select(stage => new CustomStage(stage.Name, stage.Provider is null, RulesOf(layers, stage.Name))),
        ];
    }

    private static RuleGroup RulesOf(IReadOnlyList<LayerRules> layers, string provider) =>
        new(layers.Select(layer => layer.Custom.GetValueOrDefault(provider)).OfType<Indexing.RuleIndex>());
}
