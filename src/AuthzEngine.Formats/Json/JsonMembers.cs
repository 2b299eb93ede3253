using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Json;

/// <summary>Reads the members of one JSON object by name and type; null is absent, and nobody minds members not asked for.</summary>
/// <remarks>The first fault is kept, and reading goes on: what it yields then is of no use.</remarks>
internal sealed class JsonMembers
{
    private readonly JsonElement _json;
    private readonly JsonMembers? _parent;
    private readonly string _name;
    private JsonFault? _fault;

    private JsonMembers(JsonElement json, JsonMembers? parent, string name) => (_json, _parent, _name) = (json, parent, name);

    /// <summary>The first fault of the whole text; null: none.</summary>
    public JsonFault? Fault => _parent is null ? _fault : _parent.Fault;

    /// <summary>Whether the object has no members.</summary>
    public bool IsEmpty => _json.ValueKind != JsonValueKind.Object || !_json.EnumerateObject().Any();

    /// <summary>Begins to read.</summary>
    /// <param name="json">The object; anything else is a fault, and read as an empty one.</param>
    /// <param name="name">Its path; empty for the text itself.</param>
    /// <returns>The reader.</returns>
    public static JsonMembers Of(JsonElement json, string name)
    {
        var root = new JsonMembers(json, null, name);
        if (json.ValueKind != JsonValueKind.Object)
        {
            root._fault = new(name, "an object is wanted");
        }

        return root;
    }

    /// <summary>Takes a member of any type.</summary>
    public bool TryTake(string name, out JsonElement value)
    {
        value = default;
        return _json.ValueKind == JsonValueKind.Object
            && _json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Reads an object.</summary>
    public JsonMembers? Object(string name) => TryTake(name, out var value) && Is(name, value, JsonValueKind.Object)
        ? new(value, this, name)
        : null;

    /// <summary>Reads a text.</summary>
    public string? Text(string name) => TryTake(name, out var value) ? TextOf(name, value) : null;

    /// <summary>Reads a list of texts, or one text.</summary>
    public IReadOnlyList<string>? Texts(string name) => TryTake(name, out var value) ? TextsOf(name, value) : null;

    /// <summary>Reads a boolean.</summary>
    public bool? Boolean(string name)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(name, "true or false is wanted");
            return null;
        }

        return value.GetBoolean();
    }

    /// <summary>Reads a port, as a number or as text.</summary>
    public int? Port(string name)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : TextOf(name, value);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535)
        {
            return port;
        }

        Refuse(name, "a port from 0 to 65535 is wanted");
        return null;
    }

    /// <summary>Reads a text that is one of some names, in any case.</summary>
    public T? Choice<T>(string name, IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (choices.TryGetValue(text.ToLowerInvariant(), out var choice))
        {
            return choice;
        }

        Refuse(name, $"{Excerpt.Of(text)} is none of {string.Join(", ", choices.Keys.Select(key => $"`{key}`"))}");
        return null;
    }

    /// <summary>Reads a list of objects.</summary>
    public IReadOnlyList<JsonMembers> Objects(string name)
    {
        if (!TryTake(name, out var list) || !Is(name, list, JsonValueKind.Array))
        {
            return [];
        }

        var objects = new List<JsonMembers>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{name}[{objects.Count}]");
            _ = Is(at, item, JsonValueKind.Object);
            objects.Add(new(item, this, at));
        }

        return objects;
    }

    /// <summary>Goes through all members that are not null.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> All()
    {
        if (_json.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var member in _json.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null && TryName(member, out var name))
            {
                yield return new(name, member.Value);
            }
        }
    }

    /// <summary>Reads a value of a member that <see cref="All"/> gave: a text, or a list of texts.</summary>
    public IReadOnlyList<string> TextsOf(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return TextOf(name, value) is { } one ? [one] : [];
        }

        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Null && TextOf(name, item) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>Reads a value of a member that <see cref="All"/> gave: a text.</summary>
    public string? TextOf(string name, JsonElement value)
    {
        if (!Is(name, value, JsonValueKind.String))
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            Refuse(name, "the text is no Unicode"); // lone surrogates are only found when the text is asked for
            return null;
        }
    }

    /// <summary>Keeps a fault, if it is the first.</summary>
    public void Refuse(string name, string message)
    {
        var (root, path) = (this, PathOf(name));
        while (root._parent is { } parent)
        {
            root = parent;
        }

        root._fault ??= new(path, message);
    }

    private bool TryName(JsonProperty member, [NotNullWhen(true)] out string? name)
    {
        try
        {
            name = member.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            Refuse("", "a name is no Unicode");
            name = null;
            return false;
        }
    }

    private bool Is(string name, JsonElement value, JsonValueKind kind)
    {
        if (value.ValueKind != kind)
        {
            Refuse(name, kind switch
            {
                JsonValueKind.Object => "an object is wanted",
                JsonValueKind.Array => "a list is wanted",
                _ => "text is wanted",
            });
        }

        return value.ValueKind == kind;
    }

    private string PathOf(string name)
    {
        var path = _parent is null ? _name : _parent.PathOf(_name);
        return path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";
    }
}
