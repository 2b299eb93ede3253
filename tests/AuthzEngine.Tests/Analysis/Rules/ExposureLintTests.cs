using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class ExposureLintTests
{
    public static TheoryData<string, Rule, string?> Rules() =>
    [
        new("nothing said", new(), LintCodes.AllowAll),
        new("only an operation", Written.To(new Operation { Methods = ["GET"] }), LintCodes.AllowAnyCaller),
        new("every address", Written.From(new Source { IpBlocks = ["0.0.0.0/0"] }), LintCodes.AllowAnyCaller),
        new("only an exclusion", Written.From(new Source { NotNamespaces = ["a"] }), LintCodes.AllowByExclusion),
        new("only an exclusion, as a condition", Written.WhenNot("source.namespace", "a"), LintCodes.AllowAnyCaller),
        new("every identity", Written.From(new Source { Principals = ["*"] }), LintCodes.AllowAnyPeer),
        new("every namespace", Written.From(new Source { Namespaces = ["*"] }), LintCodes.AllowAnyPeer),
        new("a namespace", Written.From(new Source { Namespaces = ["a"] }), null),
        new("a namespace with an exclusion", Written.From(new Source { Namespaces = ["a"], NotPrincipals = ["*/sa/b"] }), null),
        new("a token", Written.From(new Source { RequestPrincipals = ["*"] }), null),
        new("a condition on the caller", Written.When("source.principal", "cluster.local/ns/a/sa/b"), null),
        new("a header", Written.When("request.headers[x-key]", "secret"), null),
    ];

    private static readonly string[] Codes = [LintCodes.AllowAll, LintCodes.AllowAnyCaller, LintCodes.AllowByExclusion, LintCodes.AllowAnyPeer];

    [Theory, MemberData(nameof(Rules))]
    public void An_ALLOW_rule_says_who_may_call(string why, Rule rule, string? code)
    {
        var said = Linted.Findings(Written.Allow(rule)).Select(finding => finding.Code).Intersect(Codes);
        Assert.True((code is null ? [] : new[] { code }).SequenceEqual(said), why);
    }

    [Fact]
    public void Other_actions_expose_nothing() =>
        Assert.DoesNotContain(Linted.Findings(Written.Deny(new Rule())), finding => Codes.Contains(finding.Code));

    [Fact]
    public void A_public_operation_is_only_worth_knowing() =>
        Assert.Equal(Severity.Info, Linted.The(LintCodes.AllowAnyCaller, Written.Allow(Written.To(new Operation { Paths = ["/healthz"] }))).Severity);
}
