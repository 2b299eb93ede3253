using System.Buffers;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>A way to a nested claim that is none: dots are part of names, and so are stray brackets; authorization-policy §3.7.</summary>
internal static class ClaimPathLint
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        if (field.Attribute != RuleAttribute.Claim || field.Name.Length == 0 || QuotedOr(field.Name))
        {
            return [];
        }

        var names = ClaimPath.Of($"[{field.Name}]").Names;
        return names is [var name] && name.AsSpan().ContainsAny('[', ']')
            ? [new(
                LintCodes.ClaimPathOdd,
                field.KeyPath,
                $"the brackets are no sequence of names, so {Excerpt.Of(name)} is taken for one name of a claim",
                "write `request.auth.claims[outer][inner]`")]
            : names.Any(IsDotted)
                ? [new(
                    LintCodes.ClaimPathOdd,
                    field.KeyPath,
                    $"dots are part of a claim's name: {Excerpt.Of(field.Name)} does not reach into an object",
                    $"for a nested claim write {Excerpt.Of($"request.auth.claims[{field.Name.Replace(".", "][", StringComparison.Ordinal)}]")}",
                    Severity.Info)]
                : [];
    }

    // URLs are names of claims too.
    private static bool IsDotted(string name) =>
        !name.AsSpan().ContainsAnyExcept(Plain) && name.Split('.') is { Length: > 1 } parts && parts.All(part => part.Length > 0);

    private static bool QuotedOr(string name) => Headers.QuotedKeyLint.IsQuoted(name);
}
