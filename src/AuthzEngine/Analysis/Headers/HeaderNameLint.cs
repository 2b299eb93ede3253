using System.Buffers;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Headers;

/// <summary>A header with a name that no request can have, RFC 9110 §5.1.</summary>
internal static class HeaderNameLint
{
    private static readonly SearchValues<char> Token =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    private static readonly string[] Pseudo = [":path", ":method", ":authority", ":scheme"];

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.Header || field.Name.Length == 0 || QuotedKeyLint.IsQuoted(field.Name)
        || !field.Name.AsSpan().ContainsAnyExcept(Token) || Pseudo.Contains(field.Name, StringComparer.OrdinalIgnoreCase)
            ? []
            : [new(
                LintCodes.HeaderNameInvalid,
                field.KeyPath,
                $"no request has a header with the name {Excerpt.Of(field.Name)}: {(field.Negated ? "the condition always holds" : "the condition never holds")}")];
}
