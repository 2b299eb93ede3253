using System.Diagnostics.CodeAnalysis;

namespace MeshCA.TrustDistribution;

/// <summary>A label selector in the API's syntax: requirements joined by commas, all of which must hold.</summary>
internal sealed class LabelSelector
{
    private const int MaxLength = 4_096;
    private const int MaxPartLength = 317; // prefix of 253, a slash, name of 63

    private readonly List<Requirement> _requirements;

    private LabelSelector(List<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        Missing,
    }

    /// <summary>Reads the text form: <c>a=b</c>, <c>a==b</c>, <c>a!=b</c>, <c>a in (b,c)</c>, <c>a notin (b,c)</c>, <c>a</c>, <c>!a</c>.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="selector">The selector, or null.</param>
    /// <returns>Whether it is one; an empty text is none.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out LabelSelector? selector)
    {
        selector = null;
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        var requirements = new List<Requirement>();
        foreach (var part in Split(text))
        {
            if (ParseOne(part.Trim()) is not { } requirement)
            {
                return false;
            }

            requirements.Add(requirement);
        }

        selector = new(requirements);
        return true;
    }

    /// <summary>Whether labels are selected.</summary>
    /// <param name="labels">The labels; null: none.</param>
    public bool Selects(IReadOnlyDictionary<string, string>? labels) =>
        _requirements.TrueForAll(requirement => requirement.Holds(labels is not null && labels.TryGetValue(requirement.Key, out var value) ? value : null));

    // At commas outside of brackets.
    private static IEnumerable<string> Split(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static Requirement? ParseOne(string part)
    {
        if (part.StartsWith('!'))
        {
            return Of(part[1..].Trim(), Operator.Missing, []);
        }

        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            var isNot = part[equals - 1] == '!';
            var key = part[..(isNot ? equals - 1 : equals)].Trim();
            var value = part[(equals + 1)..];
            return Of(key, isNot ? Operator.NotIn : Operator.In, [(value.StartsWith('=') && !isNot ? value[1..] : value).Trim()]);
        }

        var open = part.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            return Of(part, Operator.Exists, []);
        }

        var words = part[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (words, part.EndsWith(')')) switch
        {
            ([var key, "in"], true) => Of(key, Operator.In, Values(part[(open + 1)..^1])),
            ([var key, "notin"], true) => Of(key, Operator.NotIn, Values(part[(open + 1)..^1])),
            _ => null,
        };
    }

    private static string[] Values(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    private static Requirement? Of(string key, Operator operation, IReadOnlyList<string> values) =>
        key.Length > 0 && IsPart(key, allowsSlash: true) && values.All(value => IsPart(value, allowsSlash: false))
            ? new(key, operation, values)
            : null;

    private static bool IsPart(string text, bool allowsSlash) =>
        text.Length <= MaxPartLength
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' || (allowsSlash && letter == '/'));

    /// <summary>One of them.</summary>
    private sealed record Requirement(string Key, Operator Operation, IReadOnlyList<string> Values)
    {
        // As the API has it: what has no such label is not in the values, so `notin` and `!=` select it.
        public bool Holds(string? value) => Operation switch
        {
            Operator.In => value is not null && Values.Contains(value),
            Operator.NotIn => value is null || !Values.Contains(value),
            Operator.Exists => value is not null,
            _ => value is null,
        };
    }
}
