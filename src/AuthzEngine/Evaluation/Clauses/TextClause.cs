using AuthzEngine.Compilation;
using AuthzEngine.Matching;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on an attribute that is text: host, method, header, claim and the like.</summary>
internal sealed class TextClause(Clause model, TextSource source, IReadOnlyList<TextPattern> patterns)
    : CompiledClause(model, source.Reads)
{
    private readonly TextSet _patterns = new(patterns);

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(source, in view);

    protected override bool Matches(in RequestView view)
    {
        var search = _patterns.Search();
        return source.Read(in view, ref search);
    }
}
