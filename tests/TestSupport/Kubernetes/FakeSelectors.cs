using System.Text.Json.Nodes;

namespace TestSupport.Kubernetes;

/// <summary>The selectors that a <see cref="FakeApiServer"/> knows: of labels <c>a=b</c>, <c>a!=b</c>, <c>a</c>, <c>!a</c>, <c>a in (b,c)</c>; of fields <c>a.b=c</c>, <c>a.b!=c</c>.</summary>
internal static class FakeSelectors
{
    public static bool Matches(JsonObject item, string? labels, string? fields) =>
        Terms(labels).All(term => Label(item, term)) && Terms(fields).All(term => Field(item, term));

    // A comma within parentheses does not part two terms.
    private static IEnumerable<string> Terms(string? selector)
    {
        var depth = 0;
        var start = 0;
        var text = (selector ?? "") + ",";
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                if (text[start..i].Trim() is { Length: > 0 } term)
                {
                    yield return term;
                }

                start = i + 1;
            }
        }
    }

    private static bool Label(JsonObject item, string term)
    {
        var labels = item["metadata"]?["labels"] as JsonObject;
        string? Value(string name) => labels?[name.Trim()]?.GetValue<string>();
        if (term.IndexOf(" in (", StringComparison.Ordinal) is > 0 and var at)
        {
            return term[(at + 5)..^1].Split(',').Any(value => value.Trim() == Value(term[..at]));
        }

        if (term.IndexOf("!=", StringComparison.Ordinal) is > 0 and var differs)
        {
            return Value(term[..differs]) != term[(differs + 2)..].Trim();
        }

        if (term.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
        {
            return Value(term[..equals]) == term[(equals + 1)..].TrimStart('=').Trim();
        }

        return term[0] == '!' ? Value(term[1..]) is null : Value(term) is not null;
    }

    private static bool Field(JsonObject item, string term)
    {
        var negated = term.Contains("!=", StringComparison.Ordinal);
        var parts = term.Split(negated ? "!=" : "=", 2);
        var value = parts[0].Split('.').Aggregate((JsonNode?)item, (node, part) => (node as JsonObject)?[part])?.ToString() ?? "";
        return (value == parts[1].TrimStart('=')) != negated;
    }
}
