using System.Collections.Immutable;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Prefixes (or suffixes) as a tree whose edges are texts: finds all that a value starts (or ends) with.</summary>
/// <remarks>A lookup reads each character of the value at most once, however many keys there are.</remarks>
/// <typeparam name="T">What a key holds.</typeparam>
internal sealed class TextTrie<T>
{
    private const int Few = 32;

    private readonly Node[] _nodes;
    private readonly char[] _firsts;
    private readonly char[] _labels;
    private readonly TextDirection _direction;
    private readonly bool _ignoreCase;

    /// <param name="entries">Keys, without duplicates.</param>
    /// <param name="direction">From which end keys are read.</param>
    /// <param name="ignoreCase">Whether values are folded; keys are in lower case then.</param>
    public TextTrie(IEnumerable<KeyValuePair<string, Held<T>>> entries, TextDirection direction, bool ignoreCase)
    {
        _direction = direction;
        _ignoreCase = ignoreCase;
        ImmutableArray<KeyValuePair<string, Held<T>>> sorted =
        [
            .. entries
                .Select(entry => KeyValuePair.Create(direction == TextDirection.FromEnd ? Reverse(entry.Key) : entry.Key, entry.Value))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal),
        ];
        var (nodes, firsts, labels) = (new List<Node>(), new List<char>(), new List<char>());
        Build(sorted, nodes, firsts, labels);
        (_nodes, _firsts, _labels) = ([.. nodes], [.. firsts], [.. labels]);
    }

    public bool Find<TVisitor>(scoped ReadOnlySpan<char> value, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct
    {
        var depth = 0;
        ref readonly var node = ref _nodes[0];
        while (StartsWith(value, depth, _labels.AsSpan(node.Label, node.LabelLength)))
        {
            depth += node.LabelLength;
            if (node.Values.Show(ref visitor))
            {
                return true;
            }

            var child = depth < value.Length ? Child(in node, At(value, depth)) : -1;
            if (child < 0)
            {
                return false;
            }

            depth++;
            node = ref _nodes[child];
        }

        return false;
    }

    private char At(ReadOnlySpan<char> value, int depth)
    {
        var letter = value[_direction == TextDirection.FromEnd ? value.Length - 1 - depth : depth];
        return _ignoreCase ? AsciiFolding.Lower(letter) : letter;
    }

    private bool StartsWith(ReadOnlySpan<char> value, int depth, ReadOnlySpan<char> label)
    {
        if (_direction == TextDirection.FromStart && !_ignoreCase)
        {
            return value[depth..].StartsWith(label);
        }

        if (value.Length - depth < label.Length)
        {
            return false;
        }

        for (var i = 0; i < label.Length; i++)
        {
            if (At(value, depth + i) != label[i])
            {
                return false;
            }
        }

        return true;
    }

    // Siblings are sorted by their first characters, which stand together, apart from the nodes.
    private int Child(in Node node, char first)
    {
        var siblings = _firsts.AsSpan(node.FirstChild, node.Children);
        var at = siblings.Length <= Few ? siblings.IndexOf(first) : siblings.BinarySearch(first);
        return at < 0 ? -1 : node.FirstChild + at;
    }

    private static string Reverse(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        source.CopyTo(target);
        target.Reverse();
    });

    // Breadth first: siblings stand together, and keys that nest ten thousand deep need no deep stack.
    private static void Build(ImmutableArray<KeyValuePair<string, Held<T>>> sorted, List<Node> nodes, List<char> firsts, List<char> labels)
    {
        var open = new Queue<Range>();
        Open(new(0, 0, sorted.Length, 0), '\0');
        while (open.TryDequeue(out var range))
        {
            var (start, end) = (labels.Count, End(sorted, range));
            labels.AddRange(sorted.IsEmpty ? [] : sorted[range.Low].Key.AsSpan(range.Depth, end - range.Depth));
            var isKey = range.Low < range.High && sorted[range.Low].Key.Length == end;
            var (firstChild, low) = (nodes.Count, isKey ? range.Low + 1 : range.Low);
            while (low < range.High)
            {
                var high = low + 1;
                while (high < range.High && sorted[high].Key[end] == sorted[low].Key[end])
                {
                    high++;
                }

                Open(new(nodes.Count, low, high, end + 1), sorted[low].Key[end]);
                low = high;
            }

            nodes[range.Node] = new(
                start, labels.Count - start, firstChild, nodes.Count - firstChild, isKey ? sorted[range.Low].Value : default);
        }

        void Open(Range range, char first)
        {
            open.Enqueue(range);
            nodes.Add(default);
            firsts.Add(first);
        }
    }

    // Up to where the keys of a range are the same: what the first and the last share, since they are sorted.
    private static int End(ImmutableArray<KeyValuePair<string, Held<T>>> sorted, Range range) => range.Low == range.High
        ? range.Depth
        : range.Depth + sorted[range.Low].Key.AsSpan(range.Depth).CommonPrefixLength(sorted[range.High - 1].Key.AsSpan(range.Depth));

    private readonly record struct Range(int Node, int Low, int High, int Depth);

    // The label starts after the character by which the parent finds the node.
    private readonly record struct Node(int Label, int LabelLength, int FirstChild, int Children, Held<T> Values);
}

/// <summary>From which end a text is read.</summary>
internal enum TextDirection
{
    /// <summary>From its first character: prefixes.</summary>
    FromStart,

    /// <summary>From its last: suffixes.</summary>
    FromEnd,
}
