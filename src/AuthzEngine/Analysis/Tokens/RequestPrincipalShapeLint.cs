using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Tokens;

/// <summary>Request principals that no token has, since issuer and subject are compared apart; authorization-policy §3.6.</summary>
internal static class RequestPrincipalShapeLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) =>
        field.Attribute != RuleAttribute.RequestPrincipal
        || policy.Mesh.Settings.RequestPrincipals == RequestPrincipalMatching.Joined
            ? []
            : field.EachValue(LintCodes.RequestPrincipalNeverMatches, value => Reason(value) is { } reason
                ? new($"{Excerpt.Of(value)} {reason}: {(field.Negated ? "it may exclude nothing" : "it may never match")}", Suggest(value))
                : null);

    private static string? Reason(string value) => RequestPrincipalPattern.Of(value) switch
    {
        RequestPrincipalPattern.Apart { Subject: { Kind: TextMatch.Exact, Text: "" } } => "needs a token whose subject is the empty text",
        RequestPrincipalPattern.Apart { Subject.Text: var subject } when subject.Contains('*', StringComparison.Ordinal) =>
            $"needs the subject {Excerpt.Of(subject)}, in which the star is the character `*`",
        RequestPrincipalPattern.Apart { Issuer.Text: var issuer } when issuer.Contains('*', StringComparison.Ordinal) =>
            $"needs the issuer {Excerpt.Of(issuer)}, in which the star is the character `*`",
        RequestPrincipalPattern.Apart { Issuer: { Kind: TextMatch.Exact, Text: [.., ':', '/'] } pattern } =>
            $"is divided at its last slash, and so needs the issuer {Excerpt.Of(pattern.Text)}",
        _ => null,
    };

    private static string Suggest(string value) => value switch
    {
        "*/*" => "write `*` for any token with issuer and subject",
        [.., '*'] when !LastPart(value).StartsWith('*') && value.Count(letter => letter == '*') == 1 => $"for any subject write {Excerpt.Of(value[..^1].TrimEnd('/') + "/*")}",
        _ when !value.Contains('*', StringComparison.Ordinal) => $"write {Excerpt.Of(value.TrimEnd('/') + "/*")}",
        _ => "write `issuer/subject`, `issuer/*` or `*/subject`",
    };

    private static string LastPart(string value) => value[(value.LastIndexOf('/') + 1)..];
}
