using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Indexing;

/// <summary>Chooses for each rule by which values it is found: those that it shares with the fewest other rules.</summary>
internal sealed class AnchorChoice
{
    private readonly Dictionary<CompiledClause, IReadOnlyList<Anchor>?> _anchors = [];
    private readonly Dictionary<Anchor, int> _uses = [];
    private readonly Dictionary<RuleBody, RuleBody> _bodies = [];

    public AnchorChoice(IEnumerable<CompiledRule> rules)
    {
        foreach (var clause in rules.SelectMany(rule => rule.Body.Clauses))
        {
            foreach (var anchor in AnchorsOf(clause) ?? [])
            {
                _uses[anchor] = _uses.GetValueOrDefault(anchor) + 1;
            }
        }
    }

    /// <summary>The values of which a request has one whenever the rule matches it, each with what it leads to.</summary>
    /// <returns>Null where there is no such choice: the rule must always be evaluated.</returns>
    public IEnumerable<KeyValuePair<Anchor, Candidate>>? Of(CompiledRule rule)
    {
        var best = Best(rule.Body.Demanded.Select(Option).Concat(rule.Body.Alternatives.Select(Option)));
        var whole = Candidate.Of(rule);
        var rest = best?.Demanded is { } demanded ? whole with { Rest = Shared(rule.Body.Without(demanded)) } : whole;
        return best?.Anchors.Select(anchor => KeyValuePair.Create(anchor, anchor.Proves ? rest : whole));
    }

    private Choice? Option(CompiledClause demanded) => AnchorsOf(demanded) is { } anchors ? new(anchors, demanded) : null;

    // One of the alternatives must hold, so each needs a clause to be found by; none of them is proved to be the one.
    private Choice? Option(CompiledClause[][] alternatives)
    {
        var anchors = new List<Anchor>();
        foreach (var alternative in alternatives)
        {
            if (Best(alternative.Select(Option)) is not { } best)
            {
                return null;
            }

            anchors.AddRange(best.Anchors);
        }

        return new(anchors, null);
    }

    private Choice? Best(IEnumerable<Choice?> options) =>
        options.OfType<Choice>().MinBy(choice => choice.Anchors.Max(anchor => _uses[anchor]));

    private RuleBody Shared(RuleBody body) => _bodies.TryAdd(body, body) ? body : _bodies[body];

    private IReadOnlyList<Anchor>? AnchorsOf(CompiledClause clause)
    {
        if (!_anchors.TryGetValue(clause, out var anchors))
        {
            anchors = ClauseAnchors.Of(clause.Model);
            _anchors.Add(clause, anchors);
        }

        return anchors;
    }

    /// <summary>Values to find a rule by.</summary>
    /// <param name="Anchors">The values.</param>
    /// <param name="Demanded">The clause that they are all values of, which holds where a value proves it; null: several clauses.</param>
    private sealed record Choice(IReadOnlyList<Anchor> Anchors, CompiledClause? Demanded);
}
