using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>Reads one scalar as the type of its field.</summary>
internal static class ScalarReader
{
    /// <summary>Reads a text.</summary>
    /// <param name="node">The value.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives what is wrong.</param>
    /// <returns>The text, or null.</returns>
    public static string? Text(YamlNode node, FieldPath path, FindingList findings)
    {
        if (node is not YamlScalar scalar)
        {
            Refuse(node, path, findings, "a text");
            return null;
        }

        var kind = scalar.IsPlain ? PlainScalars.KindOf(scalar.Text) : PlainKind.Text;
        return kind == PlainKind.Text || IsTaken(scalar, kind, path, findings) ? scalar.Text : null;
    }

    // What only some take for another type was written as text, and can mean nothing else in a field of text.
    private static bool IsTaken(YamlScalar scalar, PlainKind kind, FieldPath path, FindingList findings)
    {
        var isText = kind != PlainKind.Null && PlainScalars.IsTextToOthers(scalar.Text);
        var (severity, code, message) = isText
            ? (Severity.Warning, YamlCodes.UnquotedAmbiguous, $"Kubernetes takes {Excerpt.Of(scalar.Text)} for {Named(kind)}")
            : (Severity.Error, YamlCodes.Unquoted, $"{Named(kind)} stands where text belongs");
        var value = isText || kind == PlainKind.Null ? "" : $": {Excerpt.Of(scalar.Text)}";
        findings.Add(severity, code, scalar, path, message + value, "put it in quotes: " + Excerpt.Of($"\"{scalar.Text}\""));
        return isText;
    }

    /// <summary>Reads a value that has names.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="node">The value.</param>
    /// <param name="names">The names.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives what is wrong.</param>
    /// <returns>The value, or null.</returns>
    public static T? Choice<T>(YamlNode node, IReadOnlyDictionary<string, T> names, FieldPath path, FindingList findings)
        where T : struct, Enum
    {
        if (node is not YamlScalar scalar)
        {
            Refuse(node, path, findings, "a name");
            return null;
        }

        if (names.TryGetValue(scalar.Text, out var value))
        {
            return value;
        }

        var nearest = FieldNames.Nearest(scalar.Text, names.Keys);
        findings.Error(
            YamlCodes.EnumUnknown,
            node,
            path,
            $"{Excerpt.Of(scalar.Text)} is none of {string.Join(", ", names.Keys)}",
            nearest is null ? null : $"`{nearest}`");
        return null;
    }

    /// <summary>Reads a boolean.</summary>
    /// <param name="node">The value.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives what is wrong.</param>
    /// <returns>The value, or null.</returns>
    public static bool? Boolean(YamlNode node, FieldPath path, FindingList findings)
    {
        var kind = node is YamlScalar { IsPlain: true } scalar ? PlainScalars.KindOf(scalar.Text) : PlainKind.Text;
        if (kind is PlainKind.True or PlainKind.False)
        {
            return kind == PlainKind.True;
        }

        Refuse(node, path, findings, "true or false, without quotes,");
        return null;
    }

    /// <summary>Reports a value of the wrong type.</summary>
    /// <param name="node">The value.</param>
    /// <param name="path">Its path.</param>
    /// <param name="findings">Receives the finding.</param>
    /// <param name="wanted">What belongs there.</param>
    public static void Refuse(YamlNode node, FieldPath path, FindingList findings, string wanted) =>
        findings.Error(YamlCodes.WrongType, node, path, $"{Named(node)} stands where {wanted} belongs");

    private static string Named(YamlNode node) => node switch
    {
        YamlMapping => "an object",
        YamlSequence => "a list",
        YamlScalar { IsPlain: true } scalar => Named(PlainScalars.KindOf(scalar.Text)),
        _ => "text",
    };

    private static string Named(PlainKind kind) => kind switch
    {
        PlainKind.Null => "null",
        PlainKind.True or PlainKind.False => "a boolean",
        PlainKind.Number => "a number",
        _ => "text",
    };
}
