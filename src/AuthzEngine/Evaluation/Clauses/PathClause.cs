using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on the path without its query.</summary>
internal sealed class PathClause(Clause.Path model) : CompiledClause(model, AttributeKinds.Path)
{
    private static readonly TextSource Source = new(TextKind.Path);

    private readonly TextSet _generic = new([.. model.Patterns.OfType<PathPattern.Generic>().Select(pattern => pattern.Pattern)]);
    private readonly PathPattern.Template[] _templates = [.. model.Patterns.OfType<PathPattern.Template>()];

    public override IReadOnlyList<string> Values(in RequestView view) => TextCollector.Read(Source, in view);

    protected override bool Matches(in RequestView view)
    {
        if (view.Request.Path is null)
        {
            return false;
        }

        if (_generic.Contains(view.Path))
        {
            return true;
        }

        foreach (var template in _templates)
        {
            if (template.Matches(view.Path))
            {
                return true;
            }
        }

        return false;
    }
}
