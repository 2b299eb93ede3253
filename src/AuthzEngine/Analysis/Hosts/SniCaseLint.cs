using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Hosts;

/// <summary>Upper-case letters in a server name: Envoy keeps it in lower case and the pattern as written; authorization-policy §3.1.</summary>
internal static class SniCaseLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Sni
        ? []
        : field.EachValue(LintCodes.SniCase, value => value.Any(char.IsAsciiLetterUpper)
            ? new($"server names are compared in lower case, {Excerpt.Of(value)} has upper-case letters: {field.NeverMatches}", $"write {Excerpt.Of(AsciiFolding.Lower(value))}")
            : null);
}
