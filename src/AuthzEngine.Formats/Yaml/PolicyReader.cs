using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Reads policies from YAML or JSON, which is read as the YAML that it is; authorization-policy §1.1.</summary>
public static class PolicyReader
{
    /// <summary>Reads policies from bytes.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">UTF-8, with or without byte order mark; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>What the text holds.</returns>
    public static ReadResult Read(string sourceName, ReadOnlyMemory<byte> utf8, YamlLimits limits)
    {
        var fault = YamlText.Decode(utf8.Span, limits, out var text);
        return fault is null ? Read(sourceName, text!, limits) : Refuse(sourceName, fault); // text is there without a fault
    }

    /// <summary>Reads policies from a text.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="text">One or several documents; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <returns>What the text holds.</returns>
    public static ReadResult Read(string sourceName, string text, YamlLimits limits)
    {
        ArgumentNullException.ThrowIfNull(sourceName);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(limits);
        var content = text.StartsWith('\ufeff') ? text[1..] : text;
        if (YamlText.Check(content, limits) is { } fault)
        {
            return Refuse(sourceName, fault);
        }

        var (reading, budget) = (new PolicyDocuments(sourceName), new YamlBudget(limits));
        foreach (var part in YamlText.Divide(content))
        {
            var tree = new YamlTreeReader(part, limits, budget);
            reading.Take(tree.Read(), tree.Fault);
            if (budget.IsExceeded)
            {
                break;
            }
        }

        return reading.End();
    }

    private static ReadResult Refuse(string sourceName, TextFault fault) =>
        new([], [fault.ToFinding(sourceName)]);
}
