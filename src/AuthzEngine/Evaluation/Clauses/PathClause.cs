using AuthzEngine.Compilation;
using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on the path without its query.</summary>
internal sealed class PathClause(Clause.Path model) : CompiledClause(model, AttributeKinds.Path)
{
    private static readonly TextSource Source = new(TextKind.Path);

    private readonly TextSet _generic = new([.. model.Patterns.OfType<PathPattern.Generic>().Select(pattern => pattern.Pattern)]);

    private readonly PatternSet<PathPattern.Template, Matcher> _templates =
        new([.. model.Patterns.OfType<PathPattern.Template>()], ClauseAnchors.Of);

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(Source, in view);

    protected override bool Matches(in RequestView view) =>
        view.Request.Path is not null && (_generic.Contains(view.Path) || _templates.Matches(in view));

    private readonly struct Matcher : IPatternMatcher<PathPattern.Template>
    {
        public static bool Matches(PathPattern.Template pattern, in RequestView view) => pattern.Matches(view.Path);
    }
}
