using AuthzEngine.Evaluation;

namespace AuthzEngine.Indexing;

/// <summary>A rule that an index leads to, with what a search reads of it: each object on the way costs a cache line.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Rest">What is left to evaluate: not the clause that holds because the index led there.</param>
/// <param name="Rank">The rule's rank.</param>
internal readonly record struct Candidate(CompiledRule Rule, RuleBody Rest, int Rank)
{
    /// <summary>A rule of which everything is to be evaluated.</summary>
    public static Candidate Of(CompiledRule rule) => new(rule, rule.Body, rule.Rank);
}
