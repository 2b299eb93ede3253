using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>Reads the fields of one mapping by name and type, and knows in the end which members nobody asked for.</summary>
/// <remarks>A null field is an absent one, as in proto3 JSON; a null element of a list is the list's matter.</remarks>
internal sealed class ObjectReader(YamlMapping node, FieldPath path, FindingList findings)
{
    private static readonly Dictionary<string, string> NoTexts = [];

    private readonly bool[] _taken = new bool[node.Members.Count];
    private readonly List<string> _known = [];

    /// <summary>The mapping.</summary>
    public YamlMapping Node => node;

    /// <summary>Its path.</summary>
    public FieldPath Path => path;

    /// <summary>Receives what is found.</summary>
    public FindingList Findings => findings;

    /// <summary>Reads an optional text.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The text; null when absent or wrong.</returns>
    public string? OptionalText(string name) =>
        Take(name) is { } value ? ScalarReader.Text(value, path.Member(name), findings) : null;

    /// <summary>Reads a text.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The text; empty when absent or wrong.</returns>
    public string Text(string name) => OptionalText(name) ?? "";

    /// <summary>Reads a list of texts.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The texts; none when absent; wrong ones are left out and found.</returns>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Sequence(name) is not { } sequence)
        {
            return [];
        }

        var texts = new List<string>(sequence.Items.Count);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (ScalarReader.Text(sequence.Items[i], path.Member(name).Element(i), findings) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>Reads a map of texts.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The map; empty when absent; wrong members are left out and found.</returns>
    public IReadOnlyDictionary<string, string> TextMap(string name)
    {
        if (Mapping(name) is not { Members.Count: > 0 } mapping)
        {
            return NoTexts;
        }

        var texts = new Dictionary<string, string>(mapping.Members.Count, StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Members)
        {
            if (ScalarReader.Text(key, path.Member(name), findings) is not null
                && ScalarReader.Text(value, path.Member(name).Member(key.Text), findings) is { } text)
            {
                texts.TryAdd(key.Text, text);
            }
        }

        return texts;
    }

    /// <summary>Reads a value that has names.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="name">Name in camel case.</param>
    /// <param name="names">The names.</param>
    /// <param name="absent">What an absent one means.</param>
    /// <returns>The value.</returns>
    public T Choice<T>(string name, IReadOnlyDictionary<string, T> names, T absent)
        where T : struct, Enum =>
        Take(name) is { } value ? ScalarReader.Choice(value, names, path.Member(name), findings) ?? absent : absent;

    /// <summary>Reads a boolean.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <param name="absent">What an absent one means.</param>
    /// <returns>The value.</returns>
    public bool Boolean(string name, bool absent = false) =>
        Take(name) is { } value ? ScalarReader.Boolean(value, path.Member(name), findings) ?? absent : absent;

    /// <summary>Reads an object.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>Its reader; null when absent or no object.</returns>
    public ObjectReader? Object(string name) =>
        Mapping(name) is { } mapping ? new(mapping, path.Member(name), findings) : null;

    /// <summary>Reads a list of objects, null elements kept.</summary>
    /// <typeparam name="T">What an object becomes.</typeparam>
    /// <param name="name">Name in camel case.</param>
    /// <param name="read">Reads one.</param>
    /// <returns>The list; none when absent.</returns>
    public IReadOnlyList<T?> Objects<T>(string name, Func<ObjectReader, T> read)
        where T : class =>
        Objects(name, read, isNullAllowed: true);

    /// <summary>Reads a list of objects, null elements refused.</summary>
    /// <typeparam name="T">What an object becomes.</typeparam>
    /// <param name="name">Name in camel case.</param>
    /// <param name="read">Reads one.</param>
    /// <returns>The list; none when absent; wrong ones are left out and found.</returns>
    public IReadOnlyList<T> RequiredObjects<T>(string name, Func<ObjectReader, T> read)
        where T : class =>
        [.. Objects(name, read, isNullAllowed: false).OfType<T>()];

    /// <summary>Reads a mapping whose names are not fields.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The mapping; null when absent or none.</returns>
    public YamlMapping? Mapping(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value is not YamlMapping)
        {
            ScalarReader.Refuse(value, path.Member(name), findings, "an object");
        }

        return value as YamlMapping;
    }

    /// <summary>Reads a list.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>The list; null when absent or none.</returns>
    public YamlSequence? Sequence(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value is not YamlSequence)
        {
            ScalarReader.Refuse(value, path.Member(name), findings, "a list");
        }

        return value as YamlSequence;
    }

    /// <summary>Finds a field, in camel or snake case.</summary>
    /// <param name="name">Name in camel case.</param>
    /// <returns>Its value; null when absent or null.</returns>
    public YamlNode? Take(string name)
    {
        _known.Add(name);
        YamlMember? found = null;
        for (var i = 0; i < node.Members.Count; i++)
        {
            var member = node.Members[i];
            if (!FieldNames.Means(member.Key.Text, name))
            {
                continue;
            }

            _taken[i] = true;
            if (found is { } first && first.Key.Text != member.Key.Text)
            {
                findings.Error(YamlCodes.FieldTwice, member.Key, path.Member(name), $"`{first.Key.Text}` and `{member.Key.Text}` are one field");
            }

            found ??= member;
        }

        return found?.Value is YamlScalar { IsNull: true } ? null : found?.Value;
    }

    /// <summary>Reports the members that nobody asked for.</summary>
    /// <param name="unknown">How bad they are.</param>
    public void End(UnknownFields unknown)
    {
        for (var i = 0; i < _taken.Length; i++)
        {
            if (!_taken[i] && findings.IsFull)
            {
                // Thousands of wrong names: none is compared any more, and the object is refused.
                findings.Error(YamlCodes.FieldUnknown, node, path, "there are fields that are not known");
                return;
            }

            var key = node.Members[i].Key;
            var nearest = _taken[i] ? null : FieldNames.Nearest(key.Text, _known);
            if (!_taken[i] && (nearest is not null || unknown != UnknownFields.OnlyMisspelledRefused))
            {
                findings.Add(
                    SeverityOf(unknown, nearest is not null),
                    YamlCodes.FieldUnknown,
                    key,
                    path.Member(key.Text),
                    $"there is no field {Excerpt.Of(key.Text)}",
                    nearest is null ? null : $"`{nearest}`");
            }
        }
    }

    private static Severity SeverityOf(UnknownFields unknown, bool isNear) => unknown switch
    {
        UnknownFields.Refused => Severity.Error,
        UnknownFields.MisspelledRefused or UnknownFields.OnlyMisspelledRefused when isNear => Severity.Error,
        _ => Severity.Warning,
    };

    private List<T?> Objects<T>(string name, Func<ObjectReader, T> read, bool isNullAllowed)
        where T : class
    {
        if (Sequence(name) is not { } sequence)
        {
            return [];
        }

        var items = new List<T?>(sequence.Items.Count);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            items.Add(Element(sequence.Items[i], path.Member(name).Element(i), isNullAllowed) is { } reader ? read(reader) : null);
        }

        return items;
    }

    private ObjectReader? Element(YamlNode item, FieldPath at, bool isNullAllowed)
    {
        if (item is YamlMapping mapping)
        {
            return new(mapping, at, findings);
        }

        if (!isNullAllowed || item is not YamlScalar { IsNull: true })
        {
            ScalarReader.Refuse(item, at, findings, "an object");
        }

        return null;
    }
}

/// <summary>What becomes of members that an object does not have; Kubernetes drops them, authorization-policy §10.</summary>
internal enum UnknownFields
{
    /// <summary>Warned of; an error where the name is nearly that of a field: <c>acton: DENY</c> would allow.</summary>
    MisspelledRefused,

    /// <summary>An error where the name is nearly that of a field; else passed over: a message of which only some is read.</summary>
    OnlyMisspelledRefused,

    /// <summary>Errors: each field narrows what its object matches, so dropping one matches more.</summary>
    Refused,
}
