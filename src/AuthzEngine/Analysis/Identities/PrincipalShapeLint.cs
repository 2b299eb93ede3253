using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Analysis.Values;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Identities;

/// <summary>A principal that no identity Istio issues can match: those are <c>trust-domain/ns/namespace/sa/account</c>.</summary>
internal static class PrincipalShapeLint
{
    private static readonly string?[] Shape = [null, "ns", null, "sa", null];

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Principal
        ? []
        : field.EachValue(LintCodes.PrincipalShape, value =>
            PrincipalSchemeLint.HasScheme(value) || LiteralStarLint.HasLiteralStar(value) || CanMatch(value)
                ? null
                : new(
                    $"{Excerpt.Of(value)} is not of the form `trust-domain/ns/namespace/sa/account`, which identities of workloads have: {Verdict(field)}",
                    "write `cluster.local/ns/namespace/sa/account`, or select by `serviceAccounts` or `namespaces`"));

    // Other certificates than Istio's may hold other identities.
    private static string Verdict(WrittenField field) => field.Negated ? "it may exclude nothing" : "it may never match";

    private static bool CanMatch(string value) => value switch
    {
        ['*', .. var end] => FitsEnd(end.Split('/')),
        [.. var start, '*'] => FitsStart(start.Split('/')),
        _ => value.Split('/') is { Length: 5 } segments && segments.All(segment => segment.Length > 0) && segments.Zip(Shape).All(Fits),
    };

    // All but the segment next to the star are whole.
    private static bool FitsStart(string[] segments) =>
        segments.Length <= Shape.Length
        && segments.SkipLast(1).Zip(Shape).All(Fits)
        && (Shape[segments.Length - 1]?.StartsWith(segments[^1], StringComparison.Ordinal) ?? true);

    private static bool FitsEnd(string[] segments)
    {
        var shape = Shape[Math.Max(0, Shape.Length - segments.Length)..];
        return segments.Length <= Shape.Length
            && segments.Skip(1).Zip(shape.Skip(1)).All(Fits)
            && (shape[0]?.EndsWith(segments[0], StringComparison.Ordinal) ?? true);
    }

    private static bool Fits((string Segment, string? Expected) pair) => pair.Expected is null || pair.Segment == pair.Expected;
}
