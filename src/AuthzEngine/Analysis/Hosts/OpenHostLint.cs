using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Hosts;

/// <summary>A host whose star stands beside a label: it matches hosts of others; authorization-policy §3.4.</summary>
internal static class OpenHostLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Host || !field.ExcessLetsThrough(policy.Action)
            ? []
            : field.EachValue(LintCodes.HostPatternOpen, value => value.AsSpan().ContainsAny('/', ' ', ',') ? null : Check(value));

    private static Advice? Check(string value) => value switch
    {
        ['*', not ('.' or '*' or ':'), .. var rest] when rest.Contains('.', StringComparison.Ordinal) => new(
            $"{Excerpt.Of(value)} also matches {Excerpt.Of("evil" + value[1..])}",
            $"write {Excerpt.Of("*." + value[1..])} and {Excerpt.Of(value[1..])}"),
        [.. var rest, not ('.' or '*' or ':'), '*'] when rest.Contains('.', StringComparison.Ordinal) && !rest.Contains('*', StringComparison.Ordinal) => new(
            $"{Excerpt.Of(value)} also matches {Excerpt.Of(value[..^1] + ".evil.example")}",
            $"write {Excerpt.Of(value[..^1])} and {Excerpt.Of(value[..^1] + ":*")}"),
        _ => null,
    };
}
