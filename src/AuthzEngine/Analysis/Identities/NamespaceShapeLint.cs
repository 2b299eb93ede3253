using System.Buffers;
using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Identities;

/// <summary>A namespace that Kubernetes cannot have.</summary>
internal static class NamespaceShapeLint
{
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-*");

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Namespace
        ? []
        : field.EachValue(LintCodes.NamespaceShape, value => value.AsSpan().ContainsAnyExcept(Alphabet)
            ? new(
                $"{Excerpt.Of(value)} is no name of a namespace, which has lower-case letters, digits and `-` only: {(field.Negated ? "it may exclude nothing" : "it may never match")}",
                value.Contains('/', StringComparison.Ordinal) ? "service accounts go into `serviceAccounts`, whole identities into `principals`" : null)
            : null);
}
