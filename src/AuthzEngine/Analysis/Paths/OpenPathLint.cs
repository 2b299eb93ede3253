using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Paths;

/// <summary><c>/x*</c>, which also matches <c>/xyz</c>.</summary>
internal static class OpenPathLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Path || !field.ExcessLetsThrough(policy.Action)
            ? []
            : field.EachValue(LintCodes.PathPrefixOpen, value => value switch
            {
                ['/', .. var rest, '*'] when char.IsAsciiLetterOrDigit(rest is [.., var last] ? last : '/') && !rest.Contains('*', StringComparison.Ordinal) => new(
                    $"{Excerpt.Of(value)} also matches {Excerpt.Of(value[..^1] + "xyz")}",
                    $"for the path and what is below it write {Excerpt.Of(value[..^1])} and {Excerpt.Of(value[..^1] + "/*")}",
                    Severity.Info),
                _ => null,
            });
}
