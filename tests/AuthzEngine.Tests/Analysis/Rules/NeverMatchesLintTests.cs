using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class NeverMatchesLintTests
{
    public static TheoryData<string, Source, bool> Sources() =>
    [
        new("all namespaces excluded", new() { Namespaces = ["a"], NotNamespaces = ["*"] }, true),
        new("the namespace excluded", new() { Namespaces = ["a", "b"], NotNamespaces = ["b", "a"] }, true),
        new("one of two excluded", new() { Namespaces = ["a", "b"], NotNamespaces = ["a"] }, false),
        new("account of another namespace", new() { Principals = ["cluster.local/ns/a/sa/x"], Namespaces = ["b"] }, true),
        new("accounts of another namespace", new() { Principals = ["cluster.local/ns/a/*"], Namespaces = ["b"] }, true),
        new("account of the namespace", new() { Principals = ["cluster.local/ns/a/sa/x"], Namespaces = ["a"] }, false),
        new("namespaces with stars", new() { Principals = ["cluster.local/ns/a/sa/x"], Namespaces = ["a*"] }, false),
        new("account of another trust domain", new() { Principals = ["x/ns/a/sa/x"], TrustDomains = ["y"] }, true),
        new("address excluded", new() { IpBlocks = ["10.1.0.0/16"], NotIpBlocks = ["10.0.0.0/8"] }, true),
        new("part of the addresses excluded", new() { IpBlocks = ["10.0.0.0/8"], NotIpBlocks = ["10.1.0.0/16"] }, false),
        new("addresses of two kinds", new() { IpBlocks = ["10.0.0.0/8"], NotRemoteIpBlocks = ["10.0.0.0/8"] }, false),
        new("token excluded", new() { RequestPrincipals = ["a/b"], NotRequestPrincipals = ["a/*"] }, true),
    ];

    public static TheoryData<string, Operation, bool> Operations() =>
    [
        new("method excluded", new() { Methods = ["GET"], NotMethods = ["GET", "PUT"] }, true),
        new("methods left", new() { Methods = ["GET", "PUT"], NotMethods = ["GET"] }, false),
        new("port excluded", new() { Ports = ["80"], NotPorts = ["080"] }, true),
        new("path excluded", new() { Paths = ["/a/b"], NotPaths = ["/a/*"] }, true),
        new("template excluded", new() { Paths = ["/a/{*}"], NotPaths = ["/a*"] }, true),
        new("path not excluded by a narrower one", new() { Paths = ["/a/*"], NotPaths = ["/a/b"] }, false),
        new("host excluded whatever its case", new() { Hosts = ["A.example"], NotHosts = ["*.EXAMPLE"] }, true),
    ];

    [Theory, MemberData(nameof(Sources))]
    public void Fields_of_a_source_must_be_able_to_hold_together(string why, Source source, bool said) =>
        Assert.True(said == Linted.Says(LintCodes.NeverMatches, Written.Allow(Written.From(source))), why);

    [Theory, MemberData(nameof(Operations))]
    public void Fields_of_an_operation_must_be_able_to_hold_together(string why, Operation operation, bool said) =>
        Assert.True(said == Linted.Says(LintCodes.NeverMatches, Written.Allow(Written.To(operation))), why);

    [Theory]
    [InlineData("destination.port", "80", "81", true)]
    [InlineData("source.namespace", "a", "b", true)]
    [InlineData("request.headers[x]", "a", "b", false)] // several lines
    [InlineData("request.auth.claims[groups]", "a", "b", false)] // a list
    [InlineData("source.namespace", "a*", "ab", false)]
    public void Conditions_must_be_able_to_hold_together(string key, string one, string other, bool said)
    {
        var rule = new Rule { When = [new(key, [one], []), new(key, [other], [])] };
        Assert.Equal(said, Linted.Says(LintCodes.NeverMatches, Written.Allow(rule)));
    }

    [Fact]
    public void A_condition_must_be_able_to_hold_with_a_source()
    {
        var rule = Written.From(new Source { Namespaces = ["a"] }, new Source { Namespaces = ["b"] }) with { When = [new("source.namespace", ["b"], [])] };
        var finding = Linted.The(LintCodes.NeverMatches, Written.Allow(rule));
        Assert.Equal("spec.rules[0].from[0].source", finding.Field);
        Assert.Contains("this source never matches", finding.Message, StringComparison.Ordinal);
    }
}
