using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>Chooses for each rule by which values it is found: those that it shares with the fewest other rules.</summary>
internal sealed class AnchorChoice
{
    private readonly Dictionary<Clause, IReadOnlyList<Anchor>?> _anchors = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Anchor, int> _uses = [];

    public AnchorChoice(IEnumerable<CompiledRule> rules)
    {
        foreach (var clause in rules.SelectMany(rule => Clauses(rule.Model)))
        {
            var anchors = ClauseAnchors.Of(clause);
            if (_anchors.TryAdd(clause, anchors))
            {
                Count(anchors ?? []);
            }
        }
    }

    /// <summary>The values of which a request has one whenever the rule matches it.</summary>
    /// <returns>Null where there is no such choice: the rule must always be evaluated.</returns>
    public IReadOnlyList<Anchor>? Of(CompiledRule rule)
    {
        var model = rule.Model;
        return Best([Alternatives(model.From), Alternatives(model.To), .. model.When.Select(clause => _anchors[clause])]);
    }

    // One of the alternatives must hold, so the best clause of each is needed; without alternatives nothing is demanded.
    private List<Anchor>? Alternatives(IReadOnlyList<IReadOnlyList<Clause>> alternatives)
    {
        var all = new List<Anchor>();
        foreach (var alternative in alternatives)
        {
            if (Best(alternative.Select(clause => _anchors[clause])) is not { } best)
            {
                return null;
            }

            all.AddRange(best);
        }

        return all.Count == 0 ? null : all;
    }

    private IReadOnlyList<Anchor>? Best(IEnumerable<IReadOnlyList<Anchor>?> options) =>
        options.OfType<IReadOnlyList<Anchor>>().MinBy(anchors => anchors.Max(anchor => _uses[anchor]));

    private void Count(IReadOnlyList<Anchor> anchors)
    {
        foreach (var anchor in anchors)
        {
            _uses[anchor] = _uses.GetValueOrDefault(anchor) + 1;
        }
    }

    private static IEnumerable<Clause> Clauses(RuleModel model) =>
        model.From.Concat(model.To).SelectMany(alternative => alternative).Concat(model.When);
}
