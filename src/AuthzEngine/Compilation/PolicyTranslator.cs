using AuthzEngine.Compilation.Translation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Compilation;

/// <summary>Translates an AuthorizationPolicy as Istio does for Envoy, authorization-policy §2.6, §3 and §4.</summary>
/// <remarks>It takes what does not validate too (§6), and treats it as Istio would if admission had let it through.</remarks>
public static class PolicyTranslator
{
    /// <summary>Translates a policy.</summary>
    /// <param name="policy">The policy; need not be valid.</param>
    /// <param name="settings">The mesh.</param>
    /// <returns>Its rules for HTTP and for TCP. A rule that is the same for both is one object.</returns>
    public static PolicyModel Translate(AuthorizationPolicy policy, MeshSettings settings)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(settings);
        var http = new List<RuleModel>(policy.Rules.Count);
        var tcp = new List<RuleModel>(policy.Rules.Count);
        for (var i = 0; i < policy.Rules.Count; i++)
        {
            if (policy.Rules[i] is { } rule && new RuleTranslator(policy, i, settings).Translate(rule) is { } translated)
            {
                Add(translated, http, tcp);
            }
        }

        return new PolicyModel(policy, DryRun.IsMarked(policy), http, tcp);
    }

    private static void Add(TranslatedRule rule, List<RuleModel> http, List<RuleModel> tcp)
    {
        var forHttp = rule.For(RequestProtocol.Http);
        var forTcp = rule.SameForTcp() ? forHttp : rule.For(RequestProtocol.Tcp);
        if (forHttp is not null)
        {
            http.Add(forHttp);
        }

        if (forTcp is not null)
        {
            tcp.Add(forTcp);
        }
    }
}
