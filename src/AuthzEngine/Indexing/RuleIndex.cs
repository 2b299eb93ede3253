using AuthzEngine.Evaluation;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Rules of one action of one set of policies: finds the one that matches first by the order of ids.</summary>
/// <remarks>
/// A rule is found by values that a request must have for it to match, and is then evaluated as a whole; so what a
/// decision costs is what its values lead to, not how many rules there are.
/// </remarks>
internal sealed class RuleIndex
{
    private readonly Candidate[] _scanned;
    private readonly AttributeIndex[] _indexes;

    /// <param name="rules">The rules, in any order.</param>
    /// <param name="hasPolicies">Whether there is a policy, be it one without rules.</param>
    public RuleIndex(IEnumerable<CompiledRule> rules, bool hasPolicies)
    {
        HasPolicies = hasPolicies;
        Rules = [.. rules.OrderBy(rule => rule.Rank)];
        Reads = Rules.Aggregate(AttributeKinds.None, (kinds, rule) => kinds | rule.Reads);
        var choice = new AnchorChoice(Rules);
        var chosen = Rules.ToDictionary(rule => rule, choice.Of);
        _scanned = [.. Rules.Where(rule => chosen[rule] is null).Select(Candidate.Of)];
        _indexes =
        [
            .. Rules
                .SelectMany(rule => chosen[rule]?.Distinct() ?? [])
                .GroupBy(anchor => anchor.Key.Target)
                .Select(group => group.Key.Index([.. group])),
        ];
    }

    /// <summary>Whether there is a policy, be it one without rules.</summary>
    public bool HasPolicies { get; }

    /// <summary>The rules in the order of their ids.</summary>
    public IReadOnlyList<CompiledRule> Rules { get; }

    /// <summary>The attributes that some rule reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="view">The request.</param>
    /// <param name="before">A rule that matches already, of another index; null: none.</param>
    /// <returns>The first rule that matches, or <paramref name="before"/> when none comes before it.</returns>
    public CompiledRule? First(in RequestView view, CompiledRule? before)
    {
        var search = new RuleSearch(in view, before);
        _ = search.Visit(_scanned);
        foreach (var index in _indexes)
        {
            index.Find(ref search);
        }

        return search.Best;
    }
}
