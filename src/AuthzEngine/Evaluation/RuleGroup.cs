using AuthzEngine.Indexing;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>The rules of all policies of one action that apply to a workload: any of them may match.</summary>
internal sealed class RuleGroup
{
    private readonly RuleIndex[] _indexes;

    /// <param name="indexes">The rules; the workload shares each index with others.</param>
    public RuleGroup(IEnumerable<RuleIndex> indexes)
    {
        var all = indexes.ToList();
        HasPolicies = all.Exists(index => index.HasPolicies);
        _indexes = [.. all.Where(index => index.Rules.Count > 0)];
        Reads = _indexes.Aggregate(AttributeKinds.None, (kinds, index) => kinds | index.Reads);
    }

    /// <summary>Whether there is a policy at all, be it one without rules; authorization-policy §2.2.</summary>
    public bool HasPolicies { get; }

    /// <summary>The attributes that some rule reads.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>The rules in the order in which they determine decisions.</summary>
    public IEnumerable<CompiledRule> Rules => _indexes.SelectMany(index => index.Rules).OrderBy(rule => rule.Rank);

    /// <summary>Finds the first rule that matches whatever the unknown attributes are.</summary>
    public CompiledRule? First(in RequestView view)
    {
        CompiledRule? first = null;
        foreach (var index in _indexes)
        {
            first = index.First(in view, first);
        }

        return first;
    }

    /// <summary>Finds the first rule that would match if unknown attributes were what it wants.</summary>
    /// <param name="view">The request.</param>
    /// <param name="assumed">What had to be assumed; left alone when no rule matches.</param>
    public CompiledRule? FirstAssuming(in RequestView view, ref AttributeKinds assumed)
    {
        if ((view.Unknown & Reads) == 0)
        {
            return null;
        }

        var generous = view;
        generous.UnknownHolds = true;
        var rule = First(in generous);
        assumed |= rule is null ? AttributeKinds.None : rule.Reads & view.Unknown;
        return rule;
    }

    /// <summary>Finds the first rule that matches, or else the first that may.</summary>
    /// <inheritdoc cref="FirstAssuming"/>
    public CompiledRule? FirstOrAssumed(in RequestView view, ref AttributeKinds assumed) =>
        First(in view) ?? FirstAssuming(in view, ref assumed);
}
