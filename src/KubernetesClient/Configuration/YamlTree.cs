using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KubernetesClient.Configuration;

/// <summary>A small YAML document: texts, lists and maps, without anchors, aliases and tags.</summary>
internal sealed class YamlTree
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 20_000;

    private YamlTree(string? text, IReadOnlyList<YamlTree>? items, IReadOnlyDictionary<string, YamlTree>? members) =>
        (Text, Items, Members) = (text, items ?? [], members ?? new Dictionary<string, YamlTree>());

    /// <summary>The text; null for a list, a map and nothing.</summary>
    public string? Text { get; }

    /// <summary>The items of a list.</summary>
    public IReadOnlyList<YamlTree> Items { get; }

    /// <summary>The members of a map.</summary>
    public IReadOnlyDictionary<string, YamlTree> Members { get; }

    /// <summary>Finds a member; an empty one where there is none.</summary>
    /// <param name="name">Its name.</param>
    public YamlTree this[string name] => Members.TryGetValue(name, out var member) ? member : Nothing;

    /// <summary>Whether there is something.</summary>
    public bool IsSomething => Text is { Length: > 0 } || Items.Count > 0 || Members.Count > 0;

    private static YamlTree Nothing { get; } = new(null, null, null);

    /// <summary>Reads one document.</summary>
    /// <param name="bytes">UTF-8; untrusted.</param>
    /// <param name="tree">The document, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead(byte[] bytes, [NotNullWhen(true)] out YamlTree? tree, [NotNullWhen(false)] out string? fault)
    {
        tree = null;
        try
        {
            var parser = new Parser(new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true)));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            var nodes = 0;
            tree = Read(parser, 0, ref nodes);
            parser.Consume<DocumentEnd>();
            fault = parser.Accept<StreamEnd>(out _) ? null : "more than one document";
        }
        catch (YamlException e)
        {
            // The message alone: the exception's text quotes what it found.
            fault = $"no YAML that is understood, line {e.Start.Line}";
        }
        catch (Exception e) when (e is DecoderFallbackException or InvalidOperationException or ArgumentException)
        {
            fault = "no YAML that is understood";
        }

        return fault is null && tree is not null;
    }

    private static YamlTree Read(Parser parser, int depth, ref int nodes)
    {
        if (depth > MaxDepth || ++nodes > MaxNodes)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, "too much");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            Refuse(scalar);
            return new YamlTree(scalar is { IsPlainImplicit: true, Value: "" or "~" or "null" } ? null : scalar.Value, null, null);
        }

        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            Refuse(sequence);
            var items = new List<YamlTree>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Read(parser, depth + 1, ref nodes));
            }

            return new YamlTree(null, items, null);
        }

        var mapping = parser.Consume<MappingStart>(); // an alias ends here: it is none
        Refuse(mapping);
        var members = new Dictionary<string, YamlTree>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var name = parser.Consume<Scalar>();
            if (!members.TryAdd(name.Value, Read(parser, depth + 1, ref nodes)))
            {
                throw new YamlException(name.Start, name.End, "a name comes twice");
            }
        }

        return new YamlTree(null, null, members);
    }

    private static void Refuse(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty || (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific))
        {
            throw new YamlException(node.Start, node.End, "an anchor or a tag");
        }
    }
}
