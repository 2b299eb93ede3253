using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Rules;

/// <summary>Who the peer is in one entry of <c>from</c>, its address or token in another: often both are meant, and either suffices; §8.1.</summary>
internal static class AlternativeSourcesLint
{
    public static IEnumerable<Remark> Check(WrittenRule rule, AnalyzedPolicy policy)
    {
        if (policy.Action != PolicyAction.Allow || rule.From.Count < 2)
        {
            yield break;
        }

        var kinds = rule.From.Select(Kind).ToList();
        var other = kinds.FindIndex(1, kind => kind != kinds[0]);
        if (other > 0 && !kinds.Contains(null))
        {
            yield return new(
                LintCodes.SourcesAreAlternatives,
                $"{rule.Path}.from",
                $"entries of `from` are alternatives: the {kinds[0]} of `from[0]` alone suffices, and so does the {kinds[other]} of `from[{other}]`",
                "to demand both put their fields into one `source`",
                Severity.Info);
        }
    }

    // Only what reads one kind of attribute looks like half of something.
    private static string? Kind(IReadOnlyList<WrittenField> fields) =>
        fields.Count == 0 || fields.Any(field => field.Negated) ? null
        : fields.All(field => field.ReadsPeer) ? "identity"
        : fields.All(field => field.ReadsToken) ? "token"
        : fields.All(field => field.Attribute == RuleAttribute.Address) ? "address"
        : null;
}
