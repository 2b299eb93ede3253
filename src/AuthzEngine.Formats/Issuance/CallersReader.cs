using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Matching;

namespace AuthzEngine.Formats.Issuance;

/// <summary>Reads <c>from</c>: whom a rule matches.</summary>
internal static class CallersReader
{
    /// <summary>Reads it.</summary>
    public static WrittenCallers Read(ObjectReader reader, IssuanceBounds bounds)
    {
        var callers = new WrittenCallers
        {
            Issuers = Known(reader, "issuers", bounds.Issuers, "issuer"),
            Clusters = Known(reader, "clusters", bounds.Clusters, "cluster"),
            Namespaces = Patterns(reader, "namespaces", KubernetesCharacters),
            ServiceAccounts = Patterns(reader, "serviceAccounts", AccountCharacters),
            PodLabels = Labels(reader),
        };
        reader.End(UnknownFields.Refused);
        return callers;
    }

    private static string? KubernetesCharacters(TextPattern pattern) =>
        pattern.Text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
            ? null
            : "a namespace has only `a-z 0-9 -`";

    private static string? AccountCharacters(TextPattern pattern) => pattern.Text.Contains('/', StringComparison.Ordinal)
        ? "a service account is written without its namespace, which belongs in `namespaces`"
        : pattern.Text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.')
            ? null
            : "a service account has only `a-z 0-9 - .`";

    // A rule with a misspelled name would match nobody, and one that denies would then deny nobody.
    private static List<TextPattern> Known(
        ObjectReader reader, string field, IReadOnlyCollection<string>? known, string noun) =>
        Patterns(reader, field, pattern => known?.Any(name => pattern.Matches(name)) == false ? $"no configured {noun} has such a name" : null);

    private static List<TextPattern> Patterns(ObjectReader reader, string field, Func<TextPattern, string?> findFault)
    {
        var patterns = new List<TextPattern>();
        if (reader.Sequence(field) is not { } sequence)
        {
            return patterns;
        }

        var path = reader.Path.Member(field);
        if (sequence.Items.Count == 0)
        {
            reader.Findings.Error(
                IssuanceCodes.NeverMatches, sequence, path, "an empty list matches nobody", "leave it out to match everybody");
        }

        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (ScalarReader.Text(sequence.Items[i], path.Element(i), reader.Findings) is not { } text)
            {
                continue;
            }

            var pattern = TextPattern.Of(text);
            if ((text.Length == 0 ? "an empty text matches nobody" : findFault(pattern)) is { } fault)
            {
                reader.Findings.Error(IssuanceCodes.NeverMatches, sequence.Items[i], path.Element(i), $"{Excerpt.Of(text)}: {fault}");
            }

            patterns.Add(pattern);
        }

        return patterns;
    }

    private static List<KeyValuePair<string, TextPattern>> Labels(ObjectReader reader)
    {
        if (reader.Mapping("podLabels") is { Members.Count: 0 })
        {
            IssuancePolicyReader.Invalid(reader, "podLabels", "there are no labels in it", "leave it out to match everybody");
        }

        return
        [
            .. reader.TextMap("podLabels").Select(
                label => new KeyValuePair<string, TextPattern>(label.Key, TextPattern.Of(label.Value, TextMatch.Present))),
        ];
    }
}
