using System.Globalization;
using System.Text;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>The way to a field of a resource, printed only when there is something to say about it.</summary>
internal sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? name, int index) => (_parent, _name, _index) = (parent, name, index);

    /// <summary>The resource itself.</summary>
    public static FieldPath Root { get; } = new(null, null, -1);

    /// <summary>A member.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its path.</returns>
    public FieldPath Member(string name) => new(this, name, -1);

    /// <summary>An element.</summary>
    /// <param name="index">Its index.</param>
    /// <returns>Its path.</returns>
    public FieldPath Element(int index) => new(this, null, index);

    /// <summary>Prints the path, such as <c>spec.rules[0].from</c>; names that are no words stand in <c>["…"]</c>.</summary>
    /// <returns>The text; empty for the resource itself.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        if (_parent is null)
        {
            return;
        }

        _parent.Append(text);
        if (_name is null)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{_index}]");
        }
        else if (IsWord(_name))
        {
            text.Append(text.Length == 0 ? "" : ".").Append(_name);
        }
        else
        {
            text.Append("[\"").Append(Excerpt.Of(_name)[1..^1]).Append("\"]");
        }
    }

    private static bool IsWord(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
