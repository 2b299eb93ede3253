using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Requests made of the values of two sets of rules: each boundary of each clause, alone and with every other rule.</summary>
/// <param name="changed">The resources that are not alike in both sets.</param>
/// <param name="most">Most probes.</param>
internal sealed class ProbeSet(IReadOnlySet<ResourceId> changed, int most)
{
    /// <summary>Makes probes of one protocol; those that say most come first, for there is a limit.</summary>
    /// <param name="before">What applies to the workload now.</param>
    /// <param name="after">What would apply.</param>
    /// <param name="protocol">The protocol.</param>
    /// <returns>The probes; some may be alike.</returns>
    public IEnumerable<ProbeRequest> Of(WorkloadPolicies before, WorkloadPolicies after, RequestProtocol protocol)
    {
        var rules = RulesOf(before, protocol)
            .Concat(RulesOf(after, protocol))
            .DistinctBy(rule => changed.Contains(rule.Identity.Policy) ? (object)rule : rule.Identity.Id)
            .Select(rule => new RuleSamples(rule))
            .ToList();
        var altered = rules.Where(rule => changed.Contains(rule.Policy)).ToList();
        var ports = before.MutualTls.Ports.Keys.Union(after.MutualTls.Ports.Keys).Cast<int?>().Append(null).ToList();
        var start = new ProbeRequest { Protocol = protocol };
        return Make(start, rules, altered).Prepend(start).SelectMany(probe => Vary(probe, ports)).Take(most);
    }

    private static IEnumerable<ProbeRequest> Make(ProbeRequest start, List<RuleSamples> rules, List<RuleSamples> altered)
    {
        // Each rule as it matches, then each altered rule at its boundaries together with every other rule: in both orders,
        // since where both want a value of one attribute, one of the two may satisfy both.
        var matching = rules.SelectMany(rule => rule.Matching(start));
        var together = altered.SelectMany(one => rules.SelectMany(other =>
            other.Matching(start).SelectMany(one.Boundaries).Concat(one.Boundaries(start).SelectMany(other.Matching))));
        return matching.Concat(together).Concat(rules.SelectMany(rule => rule.Boundaries(start)));
    }

    // Mutual TLS has no clause: a port where it is set apart, and a peer without identity.
    private static IEnumerable<ProbeRequest> Vary(ProbeRequest probe, List<int?> ports)
    {
        foreach (var port in probe.Port is null ? ports : [probe.Port])
        {
            yield return probe with { Port = port };
            yield return probe with { Port = port, Peer = probe.Peer is null ? "spiffe://cluster.local/ns/x/sa/x" : null };
        }
    }

    private static IEnumerable<RuleModel> RulesOf(WorkloadPolicies policies, RequestProtocol protocol)
    {
        var models = protocol == RequestProtocol.Http ? policies.HttpModels : policies.TcpModels;
        return models.Custom.SelectMany(stage => stage.Rules)
            .Concat(models.Audit.Rules).Concat(models.Deny.Rules).Concat(models.Allow.Rules);
    }
}
