using System.Globalization;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Where the fields of one document stand in its source; 24 bytes a value, and nothing of the text but names.</summary>
internal sealed class FieldLocations
{
    private readonly string _source;
    private readonly Entry[] _entries;

    private FieldLocations(string source, Entry[] entries) => (_source, _entries) = (source, entries);

    /// <summary>Finds a field, or the nearest one that holds it.</summary>
    /// <param name="field">A path, such as <c>spec.rules[0].from[1].source.principals[2]</c>; empty: the document.</param>
    /// <returns>Its place.</returns>
    public SourceLocation Find(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var rest = field.AsSpan();
        var at = 0;
        while (!rest.IsEmpty && Child(at, Segment(ref rest)) is > 0 and var child)
        {
            at = child;
        }

        return new(_source, _entries[at].Line, _entries[at].Column);
    }

    /// <summary>Takes the places of a document's values.</summary>
    /// <param name="source">Name of the source.</param>
    /// <param name="root">The document.</param>
    /// <returns>The places.</returns>
    public static FieldLocations Of(string source, YamlNode root)
    {
        var entries = new List<Entry>(root.Size);
        Add(entries, null, root);
        return new(source, [.. entries]);
    }

    // In the order of the text, each entry saying where the one after all within it is: a tree without pointers.
    private static void Add(List<Entry> entries, string? name, YamlNode node)
    {
        var at = entries.Count;
        entries.Add(default);
        if (node is YamlMapping mapping)
        {
            foreach (var (key, value) in mapping.Members)
            {
                Add(entries, key.Text, value);
            }
        }
        else if (node is YamlSequence sequence)
        {
            sequence.Items.ForEach(item => Add(entries, null, item));
        }

        entries[at] = new(name, node.Line, node.Column, entries.Count);
    }

    private int Child(int parent, ReadOnlySpan<char> segment)
    {
        var index = 0;
        for (var at = parent + 1; at < _entries[parent].Next; at = _entries[at].Next, index++)
        {
            var name = _entries[at].Name;
            if (name is null ? IsIndex(segment, index) : segment.SequenceEqual(name) || FieldNames.Means(name, segment.ToString()))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool IsIndex(ReadOnlySpan<char> segment, int index) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var written) && written == index;

    // name, .name, [0] or ["any text"]
    private static ReadOnlySpan<char> Segment(ref ReadOnlySpan<char> rest)
    {
        rest = rest[0] == '.' ? rest[1..] : rest;
        var quoted = rest.StartsWith("[\"");
        var bracketed = quoted || rest is ['[', ..];
        var start = quoted ? 2 : bracketed ? 1 : 0;
        var length = quoted ? rest[start..].IndexOf("\"]") : bracketed ? rest[start..].IndexOf(']') : rest.IndexOfAny('.', '[');
        length = length < 0 ? rest.Length - start : length;
        var segment = rest.Slice(start, length);
        rest = rest[Math.Min(rest.Length, start + length + start)..];
        return segment;
    }

    private readonly record struct Entry(string? Name, int Line, int Column, int Next);
}
