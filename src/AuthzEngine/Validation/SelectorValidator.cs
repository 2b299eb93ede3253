using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>spec.selector, authorization-policy §6.1.</summary>
internal static class SelectorValidator
{
    private const string Field = "spec.selector.matchLabels";
    private const int MaxLabels = 4096;
    private const int MaxValueLength = 63;

    public static void Validate(WorkloadSelector? selector, FindingReport report)
    {
        if (selector is null)
        {
            return;
        }

        switch (selector.MatchLabels.Count)
        {
            case 0:
                report.Add(ValidationCodes.SelectorEmpty, "spec.selector", "a selector without labels selects every workload in scope", "leave it out");
                break;
            case > MaxLabels:
                report.Add(ValidationCodes.SelectorTooLarge, Field, $"{selector.MatchLabels.Count} labels, at most {MaxLabels} are allowed");
                break;
        }

        foreach (var (key, value) in selector.MatchLabels)
        {
            ValidateLabel(key, value, report);
        }
    }

    private static void ValidateLabel(string key, string value, FindingReport report)
    {
        var field = Field + MemberName.Of(key);
        if (key.Length == 0)
        {
            report.Add(ValidationCodes.SelectorKeyEmpty, field, "a label has no key");
        }

        if (key.Contains('*', StringComparison.Ordinal) || value.Contains('*', StringComparison.Ordinal))
        {
            report.Add(ValidationCodes.SelectorWildcard, field, "a selector compares exactly: `*` is not allowed");
        }

        if (value.EnumerateRunes().Count() > MaxValueLength)
        {
            report.Add(ValidationCodes.SelectorValueTooLong, field, $"{Excerpt.Of(value)} has more than {MaxValueLength} characters");
        }
    }
}
