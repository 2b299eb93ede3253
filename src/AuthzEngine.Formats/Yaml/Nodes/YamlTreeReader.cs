using System.IO;
using AuthzEngine.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AuthzEngine.Formats.Yaml.Nodes;

/// <summary>Reads the documents of one part of a text into nodes, within limits; nothing is instantiated by tag or type.</summary>
/// <param name="part">The part.</param>
/// <param name="limits">How much is read.</param>
/// <param name="budget">What is left for the text.</param>
internal sealed class YamlTreeReader(YamlPart part, YamlLimits limits, YamlBudget budget)
{
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<OpenNode> _open = [];
    private readonly List<YamlNode> _roots = [];

    /// <summary>Why the part could not be read to its end; null: it was.</summary>
    public TextFault? Fault { get; private set; }

    /// <summary>Reads the part.</summary>
    /// <returns>The root of each document; the last is incomplete where there is a fault in it.</returns>
    public IReadOnlyList<YamlNode> Read()
    {
        var parser = new Parser(new Scanner(new StringReader(part.Text), skipComments: true));
        while (Fault is null && TryMove(parser, out var read))
        {
            Take(read);
        }

        return _roots;
    }

    // The one place that knows what YamlDotNet throws: besides its own exceptions, some for escapes it does not check.
    private bool TryMove(Parser parser, out ParsingEvent read)
    {
        try
        {
            var moved = parser.MoveNext();
            read = parser.Current!; // there is one whenever MoveNext says so
            return moved;
        }
        catch (YamlException exception)
        {
            Fail(exception.Start, YamlCodes.Syntax, Excerpt.Of(Lower(exception.Message))[1..^1]);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or OverflowException
            or FormatException or IndexOutOfRangeException)
        {
            Fail(parser.Current?.Start ?? Mark.Empty, YamlCodes.Syntax, "a value after this place cannot be read");
        }

        read = null!; // not read: the method says false
        return false;
    }

    private void Take(ParsingEvent read)
    {
        switch (read)
        {
            case DocumentStart:
                _anchors.Clear();
                Count(budget.TryTakeDocument(), read, YamlCodes.TooManyDocuments, $"the text has more than {limits.MaxDocuments} documents");
                break;
            case Scalar scalar:
                Add(scalar, new YamlScalar
                {
                    Line = LineOf(read.Start),
                    Column = ColumnOf(read.Start),
                    Text = scalar.Value,
                    IsPlain = scalar.Style == ScalarStyle.Plain,
                    IsTagged = !scalar.Tag.IsEmpty,
                    IsComplete = true,
                });
                break;
            case SequenceStart sequence:
                Open(sequence, new YamlSequence { Line = LineOf(read.Start), Column = ColumnOf(read.Start), IsTagged = !sequence.Tag.IsEmpty });
                break;
            case MappingStart mapping:
                Open(mapping, new YamlMapping { Line = LineOf(read.Start), Column = ColumnOf(read.Start), IsTagged = !mapping.Tag.IsEmpty });
                break;
            case SequenceEnd or MappingEnd:
                Close();
                break;
            case AnchorAlias alias:
                Repeat(alias);
                break;
            default:
                break; // the stream's and the documents' ends
        }
    }

    private void Add(NodeEvent read, YamlNode node)
    {
        Count(budget.TryTakeNodes(node.Size), read, YamlCodes.TooManyNodes, $"the text has more than {limits.MaxNodes} values, aliases counted where they are used");
        if (!read.Anchor.IsEmpty)
        {
            _anchors[read.Anchor.Value] = node;
        }

        Attach(read, node);
    }

    private void Open(NodeEvent read, YamlNode node)
    {
        Count(_open.Count < limits.MaxDepth, read, YamlCodes.TooDeep, $"more than {limits.MaxDepth} levels of nesting");
        Add(read, node);
        _open.Push(new(node));
    }

    private void Close()
    {
        var closed = _open.Pop().Node;
        closed.IsComplete = true;
        closed.Height++;
        if (_open.TryPeek(out var parent))
        {
            Grow(parent.Node, closed);
        }
    }

    private void Repeat(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var node) || !node.IsComplete)
        {
            Fail(alias.Start, YamlCodes.Alias, $"alias {Excerpt.Of(alias.Value.Value)} names no value before it; a star at the start of a text must be in quotes");
            return;
        }

        // A bomb: each level repeats the one before. What it stands for is counted, though it is held only once.
        Count(budget.TryTakeNodes(node.Size), alias, YamlCodes.TooManyNodes, $"the text has more than {limits.MaxNodes} values, aliases counted where they are used");
        Count(_open.Count + node.Height <= limits.MaxDepth, alias, YamlCodes.TooDeep, $"more than {limits.MaxDepth} levels of nesting");
        Attach(alias, node);
    }

    private void Attach(ParsingEvent read, YamlNode node)
    {
        if (!_open.TryPeek(out var parent))
        {
            _roots.Add(node);
        }
        else if (parent.Node is YamlSequence sequence)
        {
            sequence.Items.Add(node);
            GrowIfComplete(parent.Node, node);
        }
        else if (parent.Key is { } key)
        {
            ((YamlMapping)parent.Node).Members.Add(new(key, node));
            parent.Key = null;
            GrowIfComplete(parent.Node, node);
        }
        else if (node is YamlScalar name)
        {
            parent.Key = name;
        }
        else
        {
            Fail(read.Start, YamlCodes.Key, "a name must be a text");
        }
    }

    private static void GrowIfComplete(YamlNode parent, YamlNode child)
    {
        if (child.IsComplete)
        {
            Grow(parent, child);
        }
    }

    private static void Grow(YamlNode parent, YamlNode child)
    {
        parent.Size += child.Size; // at most the limit of nodes
        parent.Height = Math.Max(parent.Height, child.Height);
    }

    private void Count(bool fits, ParsingEvent read, string code, string message)
    {
        if (!fits)
        {
            Fail(read.Start, code, message);
        }
    }

    private void Fail(Mark at, string code, string message) => Fault ??= new(LineOf(at), ColumnOf(at), code, message);

    private int LineOf(Mark mark) => part.LinesBefore + (int)Math.Max(1, mark.Line); // bounded by the length of the text

    private static int ColumnOf(Mark mark) => (int)Math.Max(1, mark.Column);

    private static string Lower(string message) => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');

    private sealed class OpenNode(YamlNode node)
    {
        public YamlNode Node { get; } = node;

        public YamlScalar? Key { get; set; }
    }
}

/// <summary>How many nodes and documents a text may still have.</summary>
/// <param name="limits">How many it may have.</param>
internal sealed class YamlBudget(YamlLimits limits)
{
    private int _nodes = limits.MaxNodes;
    private int _documents = limits.MaxDocuments;

    /// <summary>Whether a limit was exceeded: then the rest of the text is not read.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>Takes nodes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Whether there were.</returns>
    public bool TryTakeNodes(int count) => TryTake(ref _nodes, count);

    /// <summary>Takes a document.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTakeDocument() => TryTake(ref _documents, 1);

    private bool TryTake(ref int left, int count)
    {
        var fits = count <= left;
        left -= fits ? count : 0;
        IsExceeded |= !fits;
        return fits;
    }
}
