using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Paths;

/// <summary><c>/x/*</c> and <c>/x/{**}</c>: neither matches <c>/x</c> itself; authorization-policy §3.2 and §3.8.</summary>
internal static class PathBaseLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Path
        ? []
        : field.EachValue(LintCodes.PathWithoutBase, value =>
            Base(value) is not { Length: > 0 } parent || PathText.AnyMatches(field.Values, parent)
                ? null
                : new(
                    $"{Excerpt.Of(value)} does not match {Excerpt.Of(parent)}",
                    $"add {Excerpt.Of(parent)} if it is meant too",
                    field.MissLetsThrough(policy.Action) ? Severity.Warning : Severity.Info));

    private static string? Base(string value) => value switch
    {
        [.. var parent, '/', '{', '*', '*', '}'] when !PathText.IsTemplate(parent) => parent,
        [.. var parent, '/', '*'] when !parent.Contains('*', StringComparison.Ordinal) => parent,
        _ => null,
    };
}
