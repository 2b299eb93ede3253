using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;

namespace AuthzEngine.Compilation;

/// <summary>Compiles each clause of a set once: many rules say <c>methods: [GET, POST]</c>, and what they share stays in cache.</summary>
internal sealed class ClausePool
{
    private readonly Dictionary<Clause, CompiledClause> _clauses = new(ClauseComparer.Instance);
    private readonly Dictionary<TextSource, TextSource> _sources = [];

    /// <summary>The compiled form of a clause.</summary>
    public CompiledClause Of(Clause clause)
    {
        if (!_clauses.TryGetValue(clause, out var compiled))
        {
            compiled = CompiledClause.Of(clause, this);
            _clauses.Add(clause, compiled);
        }

        return compiled;
    }

    /// <summary>The one object of a source.</summary>
    public TextSource Of(TextSource source) => _sources.TryAdd(source, source) ? source : _sources[source];
}
