namespace AuthzEngine.Evaluation.Clauses;

/// <summary>Collects the texts of an attribute, for explanations.</summary>
internal readonly struct TextCollector : ITextReader
{
    private readonly List<string> _texts = [];

    public TextCollector()
    {
    }

    public static IReadOnlyList<string> Read(TextSource source, in RequestView view)
    {
        var collector = new TextCollector();
        _ = source.Read(in view, ref collector);
        return collector._texts;
    }

    public bool Read(scoped ReadOnlySpan<char> text)
    {
        _texts.Add(text.ToString());
        return false;
    }
}
