using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>Reads the rules of a policy for lints.</summary>
internal static class WrittenRules
{
    private static readonly Dictionary<string, RuleAttribute> Keys = new(StringComparer.Ordinal)
    {
        ["source.ip"] = RuleAttribute.Address,
        ["remote.ip"] = RuleAttribute.Address,
        ["destination.ip"] = RuleAttribute.Address,
        ["source.namespace"] = RuleAttribute.Namespace,
        ["source.serviceAccount"] = RuleAttribute.ServiceAccount,
        ["source.trustDomain"] = RuleAttribute.TrustDomain,
        ["source.principal"] = RuleAttribute.Principal,
        ["request.auth.principal"] = RuleAttribute.RequestPrincipal,
        ["request.auth.audiences"] = RuleAttribute.Claim,
        ["request.auth.presenter"] = RuleAttribute.Claim,
        ["destination.port"] = RuleAttribute.Port,
        ["connection.sni"] = RuleAttribute.Sni,
        ["request.headers"] = RuleAttribute.Header,
        ["request.auth.claims"] = RuleAttribute.Claim,
    };

    /// <summary>Reads them.</summary>
    /// <param name="policy">The policy; valid.</param>
    /// <param name="settings">The mesh.</param>
    public static IReadOnlyList<WrittenRule> Of(AuthorizationPolicy policy, MeshSettings settings)
    {
        var model = PolicyTranslator.Translate(policy, settings);
        var http = model.HttpRules.ToDictionary(rule => rule.Identity.Index);
        var tcp = model.TcpRules.ToDictionary(rule => rule.Identity.Index);
        var rules = new List<WrittenRule>(policy.Rules.Count);
        for (var i = 0; i < policy.Rules.Count; i++)
        {
            if (policy.Rules[i] is { } rule)
            {
                var path = $"spec.rules[{i}]";
                rules.Add(new(
                    i,
                    rule,
                    [.. rule.From.Select((from, at) => Source(from?.Source ?? new(), $"{path}.from[{at}].source."))],
                    [.. rule.To.Select((to, at) => Operation(to?.Operation ?? new(), $"{path}.to[{at}].operation."))],
                    [.. rule.When.SelectMany((condition, at) => Condition(condition, $"{path}.when[{at}]."))],
                    http.GetValueOrDefault(i),
                    tcp.GetValueOrDefault(i)));
            }
        }

        return rules;
    }

    private static IReadOnlyList<WrittenField> Source(Source source, string path) => Present(
    [
        new(RuleAttribute.Principal, path + "principals", false, source.Principals),
        new(RuleAttribute.Principal, path + "notPrincipals", true, source.NotPrincipals),
        new(RuleAttribute.RequestPrincipal, path + "requestPrincipals", false, source.RequestPrincipals),
        new(RuleAttribute.RequestPrincipal, path + "notRequestPrincipals", true, source.NotRequestPrincipals),
        new(RuleAttribute.Namespace, path + "namespaces", false, source.Namespaces),
        new(RuleAttribute.Namespace, path + "notNamespaces", true, source.NotNamespaces),
        new(RuleAttribute.ServiceAccount, path + "serviceAccounts", false, source.ServiceAccounts),
        new(RuleAttribute.ServiceAccount, path + "notServiceAccounts", true, source.NotServiceAccounts),
        new(RuleAttribute.TrustDomain, path + "trustDomains", false, source.TrustDomains),
        new(RuleAttribute.TrustDomain, path + "notTrustDomains", true, source.NotTrustDomains),
        new(RuleAttribute.Address, path + "ipBlocks", false, source.IpBlocks),
        new(RuleAttribute.Address, path + "notIpBlocks", true, source.NotIpBlocks),
        new(RuleAttribute.Address, path + "remoteIpBlocks", false, source.RemoteIpBlocks),
        new(RuleAttribute.Address, path + "notRemoteIpBlocks", true, source.NotRemoteIpBlocks),
    ]);

    private static IReadOnlyList<WrittenField> Operation(Operation operation, string path) => Present(
    [
        new(RuleAttribute.Host, path + "hosts", false, operation.Hosts),
        new(RuleAttribute.Host, path + "notHosts", true, operation.NotHosts),
        new(RuleAttribute.Method, path + "methods", false, operation.Methods),
        new(RuleAttribute.Method, path + "notMethods", true, operation.NotMethods),
        new(RuleAttribute.Path, path + "paths", false, operation.Paths),
        new(RuleAttribute.Path, path + "notPaths", true, operation.NotPaths),
        new(RuleAttribute.Port, path + "ports", false, operation.Ports),
        new(RuleAttribute.Port, path + "notPorts", true, operation.NotPorts),
    ]);

    private static IReadOnlyList<WrittenField> Condition(Condition? condition, string path)
    {
        if (condition is null)
        {
            return [];
        }

        var open = condition.Key.IndexOf('[', StringComparison.Ordinal);
        var family = open < 0 ? condition.Key : condition.Key[..open];
        var attribute = Keys.GetValueOrDefault(family);
        var name = open < 0 ? "" : condition.Key[(open + 1)..].TrimEnd(']');
        return Present(
        [
            new(attribute, path + "values", false, condition.Values) { Name = name, KeyPath = path + "key" },
            new(attribute, path + "notValues", true, condition.NotValues) { Name = name, KeyPath = path + "key" },
        ]);
    }

    private static IReadOnlyList<WrittenField> Present(IEnumerable<WrittenField> fields) => [.. fields.Where(field => field.Values.Count > 0)];
}
