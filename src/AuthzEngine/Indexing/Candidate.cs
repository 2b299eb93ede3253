using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Indexing;

/// <summary>A rule that an index leads to.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Proved">The clause that holds because the index led there, which need not be evaluated again; null: none.</param>
internal readonly record struct Candidate(CompiledRule Rule, CompiledClause? Proved);
