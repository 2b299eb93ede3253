namespace AuthzEngine.Formats.Yaml.Nodes;

/// <summary>The documents of a text, as nodes.</summary>
/// <param name="Roots">Their roots.</param>
/// <param name="Fault">Why the text, or some of it, could not be read; null: all was.</param>
internal sealed record YamlDocuments(IReadOnlyList<YamlNode> Roots, TextFault? Fault)
{
    /// <summary>Reads a text in one piece; the first fault ends it.</summary>
    /// <param name="utf8">UTF-8; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>The documents.</returns>
    public static YamlDocuments Read(ReadOnlyMemory<byte> utf8, YamlLimits limits)
    {
        if ((YamlText.Decode(utf8.Span, limits, out var text) ?? YamlText.Check(text, limits)) is { } refused)
        {
            return new([], refused);
        }

        var tree = new YamlTreeReader(new(text!, LinesBefore: 0), limits, new YamlBudget(limits)); // no fault: there is a text
        var roots = tree.Read();
        return new(roots, tree.Fault);
    }
}
