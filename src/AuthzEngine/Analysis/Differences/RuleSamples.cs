using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Requests that a rule matches, and requests at the boundaries of what it matches.</summary>
internal sealed class RuleSamples
{
    private readonly RuleModel _rule;
    private readonly List<List<ClauseSamples>> _conjunctions;

    public RuleSamples(RuleModel rule)
    {
        _rule = rule;
        var when = Samples(rule.When);
        var (from, to) = (Alternatives(rule.From), Alternatives(rule.To));

        // Every alternative once with the first of the other side: their product says nothing more.
        _conjunctions =
        [
            .. from.Select(alternative => Join(alternative, to[0], when)),
            .. to.Skip(1).Select(alternative => Join(from[0], alternative, when)),
        ];
    }

    public ResourceId Policy => _rule.Identity.Policy;

    /// <summary>Changes a request until each conjunction of the rule holds.</summary>
    public IEnumerable<ProbeRequest> Matching(ProbeRequest probe) => _conjunctions.Select(clauses => Satisfy(clauses, probe));

    /// <summary>The same with each clause in turn at each of its boundaries.</summary>
    public IEnumerable<ProbeRequest> Boundaries(ProbeRequest probe)
    {
        foreach (var clauses in _conjunctions)
        {
            var satisfied = Satisfy(clauses, probe);
            yield return satisfied;
            foreach (var change in clauses.SelectMany(clause => clause.All))
            {
                yield return change(satisfied);
            }
        }
    }

    private static ProbeRequest Satisfy(List<ClauseSamples> clauses, ProbeRequest probe) =>
        clauses.Aggregate(probe, static (changed, clause) => clause.Holding(changed));

    private static List<ClauseSamples> Join(params List<ClauseSamples>[] clauses) => [.. clauses.SelectMany(list => list)];

    private static List<ClauseSamples> Samples(IReadOnlyList<Clause> clauses) => [.. clauses.Select(clause => new ClauseSamples(clause))];

    private static List<List<ClauseSamples>> Alternatives(IReadOnlyList<IReadOnlyList<Clause>> alternatives) =>
        alternatives.Count == 0 ? [[]] : [.. alternatives.Select(Samples)];
}
