using System.Collections.Immutable;
using AuthzEngine.Matching;

namespace AuthzEngine.Indexing;

/// <summary>Prefixes (or suffixes) as a tree whose edges are texts: finds all that a value starts (or ends) with.</summary>
/// <remarks>A lookup reads each character of the value at most once, however many keys there are.</remarks>
/// <typeparam name="T">What a key holds.</typeparam>
internal sealed class TextTrie<T>
{
    private readonly Node[] _nodes;
    private readonly TextDirection _direction;
    private readonly bool _ignoreCase;

    /// <param name="entries">Keys, without duplicates.</param>
    /// <param name="direction">From which end keys are read.</param>
    /// <param name="ignoreCase">Whether values are folded; keys are in lower case then.</param>
    public TextTrie(IEnumerable<KeyValuePair<string, T[]>> entries, TextDirection direction, bool ignoreCase)
    {
        _direction = direction;
        _ignoreCase = ignoreCase;
        _nodes = Build([.. entries
            .Select(entry => KeyValuePair.Create(direction == TextDirection.FromEnd ? Reverse(entry.Key) : entry.Key, entry.Value))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)]);
    }

    public bool Find<TVisitor>(scoped ReadOnlySpan<char> value, ref TVisitor visitor)
        where TVisitor : struct, ICandidateVisitor<T>, allows ref struct
    {
        var depth = 0;
        ref readonly var node = ref _nodes[0];
        while (StartsWith(value, depth, node.Label))
        {
            depth += node.Label.Length;
            if (node.Values is { } values && visitor.Visit(values))
            {
                return true;
            }

            var child = depth < value.Length ? Child(in node, At(value, depth)) : -1;
            if (child < 0)
            {
                return false;
            }

            node = ref _nodes[child];
        }

        return false;
    }

    private char At(ReadOnlySpan<char> value, int depth)
    {
        var letter = value[_direction == TextDirection.FromEnd ? value.Length - 1 - depth : depth];
        return _ignoreCase ? AsciiFolding.Lower(letter) : letter;
    }

    private bool StartsWith(ReadOnlySpan<char> value, int depth, string label)
    {
        if (_direction == TextDirection.FromStart && !_ignoreCase)
        {
            return value[depth..].StartsWith(label, StringComparison.Ordinal);
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

    // Siblings are sorted by their first character.
    private int Child(in Node node, char first)
    {
        var (low, high) = (node.FirstChild, node.FirstChild + node.Children - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var letter = _nodes[middle].Label[0];
            if (letter == first)
            {
                return middle;
            }

            (low, high) = letter < first ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    private static string Reverse(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        source.CopyTo(target);
        target.Reverse();
    });

    // Breadth first: siblings stand together, and keys that nest ten thousand deep need no deep stack.
    private static Node[] Build(ImmutableArray<KeyValuePair<string, T[]>> sorted)
    {
        var nodes = new List<Node> { default };
        var open = new Queue<Range>();
        open.Enqueue(new(0, 0, sorted.Length, 0));
        while (open.TryDequeue(out var range))
        {
            var label = Common(sorted, range, out var end);
            var isKey = range.Low < range.High && sorted[range.Low].Key.Length == end;
            var (firstChild, low) = (nodes.Count, isKey ? range.Low + 1 : range.Low);
            while (low < range.High)
            {
                var high = low + 1;
                while (high < range.High && sorted[high].Key[end] == sorted[low].Key[end])
                {
                    high++;
                }

                open.Enqueue(new(nodes.Count, low, high, end));
                nodes.Add(default);
                low = high;
            }

            nodes[range.Node] = new(label, isKey ? sorted[range.Low].Value : null, firstChild, nodes.Count - firstChild);
        }

        return [.. nodes];
    }

    // What the keys of a range share from the range's depth on: what the first and the last share, since they are sorted.
    private static string Common(ImmutableArray<KeyValuePair<string, T[]>> sorted, Range range, out int end)
    {
        end = range.Depth;
        if (range.Low == range.High)
        {
            return "";
        }

        var (first, last) = (sorted[range.Low].Key, sorted[range.High - 1].Key);
        end += first.AsSpan(end).CommonPrefixLength(last.AsSpan(end));
        return first[range.Depth..end];
    }

    private readonly record struct Range(int Node, int Low, int High, int Depth);

    private readonly record struct Node(string Label, T[]? Values, int FirstChild, int Children);
}

/// <summary>From which end a text is read.</summary>
internal enum TextDirection
{
    /// <summary>From its first character: prefixes.</summary>
    FromStart,

    /// <summary>From its last: suffixes.</summary>
    FromEnd,
}
