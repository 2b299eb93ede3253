using System.Buffers;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Headers;

/// <summary>Methods that no client sends: they are compared with case, and are one token of RFC 9110 §5.6.2.</summary>
internal static class MethodLint
{
    private static readonly SearchValues<char> Token =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Method
        ? []
        : field.EachValue(LintCodes.MethodCase, value => IsToken(value) && value.Any(char.IsAsciiLetterLower)
                ? new(
                    $"methods are compared with case and are in capitals, {Excerpt.Of(value)} is not: {(field.Negated ? "it may exclude nothing" : "it may never match")}",
                    $"write {Excerpt.Of(value.ToUpperInvariant())}")
                : null)
            .Concat(field.EachValue(LintCodes.MethodInvalid, value => IsToken(value)
                ? null
                : new(
                    $"{Excerpt.Of(value)} is no method: {field.NeverMatches}",
                    value.AsSpan().ContainsAny(',', ' ', '|') ? "give each method as a value of its own"
                        : value.Contains('/', StringComparison.Ordinal) ? "names of gRPC methods are paths: `paths: [\"/package.Service/Method\"]`" : null)));

    private static bool IsToken(string value) => !value.AsSpan().ContainsAnyExcept(Token) && !value.Contains('|', StringComparison.Ordinal);
}
