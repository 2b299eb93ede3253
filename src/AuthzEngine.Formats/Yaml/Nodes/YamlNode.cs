namespace AuthzEngine.Formats.Yaml.Nodes;

/// <summary>A node of a YAML text, and where it starts. One that aliases repeat is one object in several places.</summary>
internal abstract class YamlNode
{
    /// <summary>Line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Column, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>Whether it has a tag of its own.</summary>
    public bool IsTagged { get; init; }

    /// <summary>Whether it was read to its end.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Number of nodes in it, itself included, those that aliases repeat counted each time.</summary>
    public int Size { get; set; } = 1;

    /// <summary>Levels of mappings and sequences in it, itself included.</summary>
    public int Height { get; set; }
}

/// <summary>A text.</summary>
internal sealed class YamlScalar : YamlNode
{
    /// <summary>The text, escapes resolved.</summary>
    public required string Text { get; init; }

    /// <summary>Whether it stands without quotes, so that YAML may take it for something else than text.</summary>
    public required bool IsPlain { get; init; }

    /// <summary>Whether it is nothing, or null.</summary>
    public bool IsNull => IsPlain && PlainScalars.KindOf(Text) == PlainKind.Null;
}

/// <summary>A list.</summary>
internal sealed class YamlSequence : YamlNode
{
    /// <summary>Its elements.</summary>
    public List<YamlNode> Items { get; } = [];
}

/// <summary>Names and values, in the order of the text.</summary>
internal sealed class YamlMapping : YamlNode
{
    /// <summary>Its members; a name may still be there twice.</summary>
    public List<YamlMember> Members { get; } = [];

    /// <summary>Finds a member.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The value of the first one, or null.</returns>
    public YamlNode? Find(string name)
    {
        foreach (var member in Members)
        {
            if (member.Key.Text == name)
            {
                return member.Value;
            }
        }

        return null;
    }
}

/// <summary>A member of a mapping.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct YamlMember(YamlScalar Key, YamlNode Value);
