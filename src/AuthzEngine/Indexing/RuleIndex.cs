using AuthzEngine.Evaluation;
using AuthzEngine.Requests;

namespace AuthzEngine.Indexing;

/// <summary>Rules of one action of one set of policies: finds the one that matches first by the order of ids.</summary>
internal sealed class RuleIndex
{
    private readonly CompiledRule[] _scanned;

    /// <param name="rules">The rules, in any order.</param>
    /// <param name="hasPolicies">Whether there is a policy, be it one without rules.</param>
    public RuleIndex(IEnumerable<CompiledRule> rules, bool hasPolicies)
    {
        HasPolicies = hasPolicies;
        _scanned = [.. rules.OrderBy(rule => rule.Rank)];
        Reads = _scanned.Aggregate(AttributeKinds.None, (kinds, rule) => kinds | rule.Reads);
    }

    /// <summary>Whether there is a policy, be it one without rules.</summary>
    public bool HasPolicies { get; }

    /// <summary>The rules in the order of their ids.</summary>
    public IReadOnlyList<CompiledRule> Rules => _scanned;

    /// <summary>The attributes that some rule reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="view">The request.</param>
    /// <param name="before">A rule that matches already, of another index; null: none.</param>
    /// <returns>The first rule that matches, or <paramref name="before"/> when none comes before it.</returns>
    public CompiledRule? First(in RequestView view, CompiledRule? before)
    {
        foreach (var rule in _scanned)
        {
            if (before is not null && rule.Rank >= before.Rank)
            {
                return before;
            }

            if (rule.Matches(in view))
            {
                return rule;
            }
        }

        return before;
    }
}
