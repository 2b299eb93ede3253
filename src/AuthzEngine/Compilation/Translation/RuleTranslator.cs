using AuthzEngine.Policies;

namespace AuthzEngine.Compilation.Translation;

/// <summary>Translates the fields of one rule, each once for both protocols.</summary>
internal sealed class RuleTranslator(AuthorizationPolicy policy, int index, MeshSettings settings)
{
    private readonly string _rule = $"spec.rules[{index}]";

    /// <summary>Translates the rule.</summary>
    /// <returns>The rule, or null where a key of <c>when</c> is unknown: Istio skips such a rule whatever its action.</returns>
    public TranslatedRule? Translate(Rule rule)
    {
        if (rule.When.Any(condition => condition is not null && !ConditionKeys.TryFind(condition.Key, out _)))
        {
            return null;
        }

        return new TranslatedRule(
            RuleNames.Of(policy, index),
            [.. rule.From.Select((from, at) => Source(from, $"{_rule}.from[{at}].source"))],
            [.. rule.To.Select((to, at) => Operation(to, $"{_rule}.to[{at}].operation"))],
            [.. rule.When.SelectMany((condition, at) => Condition(condition, $"{_rule}.when[{at}]"))]);
    }

    private List<TranslatedField> Source(RuleFrom? from, string path) => (from, from?.Source) switch
    {
        (null, _) => [TranslatedField.Nothing],
        (_, null) => [],
        (_, { } source) => new FieldList(this, path)
            .Add("principals", source.Principals, SourceAttributes.Principals)
            .Add("notPrincipals", source.NotPrincipals, SourceAttributes.Principals, negated: true)
            .Add("requestPrincipals", source.RequestPrincipals, SourceAttributes.RequestPrincipals)
            .Add("notRequestPrincipals", source.NotRequestPrincipals, SourceAttributes.RequestPrincipals, negated: true)
            .Add("namespaces", source.Namespaces, SourceAttributes.Namespaces)
            .Add("notNamespaces", source.NotNamespaces, SourceAttributes.Namespaces, negated: true)
            .Add("serviceAccounts", source.ServiceAccounts, SourceAttributes.ServiceAccounts)
            .Add("notServiceAccounts", source.NotServiceAccounts, SourceAttributes.ServiceAccounts, negated: true)
            .Add("trustDomains", source.TrustDomains, SourceAttributes.TrustDomains)
            .Add("notTrustDomains", source.NotTrustDomains, SourceAttributes.TrustDomains, negated: true)
            .Add("ipBlocks", source.IpBlocks, SourceAttributes.SourceIp)
            .Add("notIpBlocks", source.NotIpBlocks, SourceAttributes.SourceIp, negated: true)
            .Add("remoteIpBlocks", source.RemoteIpBlocks, SourceAttributes.RemoteIp)
            .Add("notRemoteIpBlocks", source.NotRemoteIpBlocks, SourceAttributes.RemoteIp, negated: true)
            .Fields,
    };

    private List<TranslatedField> Operation(RuleTo? to, string path) => (to, to?.Operation) switch
    {
        (null, _) => [TranslatedField.Nothing],
        (_, null) => [],
        (_, { } operation) => new FieldList(this, path)
            .Add("hosts", operation.Hosts, OperationAttributes.Hosts)
            .Add("notHosts", operation.NotHosts, OperationAttributes.Hosts, negated: true)
            .Add("methods", operation.Methods, OperationAttributes.Methods)
            .Add("notMethods", operation.NotMethods, OperationAttributes.Methods, negated: true)
            .Add("paths", operation.Paths, OperationAttributes.Paths)
            .Add("notPaths", operation.NotPaths, OperationAttributes.Paths, negated: true)
            .Add("ports", operation.Ports, OperationAttributes.Ports)
            .Add("notPorts", operation.NotPorts, OperationAttributes.Ports, negated: true)
            .Fields,
    };

    private List<TranslatedField> Condition(Condition? condition, string path) =>
        condition is not null && ConditionKeys.TryFind(condition.Key, out var attribute)
            ? new FieldList(this, path)
                .Add("values", condition.Values, attribute)
                .Add("notValues", condition.NotValues, attribute, negated: true)
                .Fields
            : [TranslatedField.Nothing];

    /// <summary>The fields of one source, operation or condition; a field without values says nothing.</summary>
    private sealed class FieldList(RuleTranslator translator, string path)
    {
        public List<TranslatedField> Fields { get; } = [];

        public FieldList Add(string name, IReadOnlyList<string> values, AttributeTranslation attribute, bool negated = false)
        {
            if (values.Count > 0)
            {
                Fields.Add(attribute.Translate(translator.Site($"{path}.{name}", negated), values));
            }

            return this;
        }
    }

    private FieldSite Site(string field, bool negated) => new(field, negated, policy.Id.Namespace, settings);
}
