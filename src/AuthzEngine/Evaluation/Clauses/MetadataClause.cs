using AuthzEngine.Compilation;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>A clause on dynamic metadata: some values want a string, others a list; authorization-policy §3.9.</summary>
internal sealed class MetadataClause(Clause.Metadata model) : CompiledClause(model, AttributeKinds.FilterMetadata)
{
    private readonly TextSource _textSource = new(TextKind.MetadataText, model.Filter, model.Key);
    private readonly TextSource _itemSource = new(TextKind.MetadataItem, model.Filter, model.Key);
    private readonly TextSet _texts = new([.. model.Patterns.Where(pattern => !pattern.InList).Select(pattern => pattern.Pattern)]);
    private readonly TextSet _items = new([.. model.Patterns.Where(pattern => pattern.InList).Select(pattern => pattern.Pattern)]);

    public override IReadOnlyList<string> Values(in RequestView view) =>
        [.. TextCollector.Read(_textSource, in view), .. TextCollector.Read(_itemSource, in view)];

    protected override bool Matches(in RequestView view)
    {
        var (texts, items) = (_texts.Search(), _items.Search());
        return _textSource.Read(in view, ref texts) || _itemSource.Read(in view, ref items);
    }
}
