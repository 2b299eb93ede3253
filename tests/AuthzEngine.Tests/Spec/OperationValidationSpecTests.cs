using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Tests.Validation;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>authorization-policy §6.3: operations, conditions and the warning about TCP.</summary>
public sealed class OperationValidationSpecTests
{
    private const string Operation = "spec.rules[0].to[0].operation";
    private const string When = "spec.rules[0].when[0]";

    public static TheoryData<Operation, string[]> Operations() =>
    [
        new(new() { Hosts = [""] }, ["value-empty hosts[0]"]),
        new(new() { NotHosts = [""] }, ["value-empty notHosts[0]"]),
        new(new() { Ports = [""] }, ["value-empty ports[0]"]),
        new(new() { NotPorts = [""] }, ["value-empty notPorts[0]"]),
        new(new() { Methods = ["GET", ""] }, ["value-empty methods[1]"]),
        new(new() { NotMethods = [""] }, ["value-empty notMethods[0]"]),
        new(new() { Paths = [""] }, ["value-empty paths[0]"]),
        new(new() { NotPaths = [""] }, ["value-empty notPaths[0]"]),
        new(new() { Hosts = ["*a*", "https://x/y"], Methods = ["get"], Paths = ["a?b", "*", "//"] }, []) { Label = "any other text" },
        new(new() { Ports = ["0", "65535", "0080"] }, []) { Label = "ports" },
        new(new() { Ports = ["65536", "-1", "http"] }, ["port-invalid ports[0]", "port-invalid ports[1]", "port-invalid ports[2]"]) { Label = "no ports" },
        new(new() { NotPorts = ["1-2"] }, ["port-invalid notPorts[0]"]),
        new(new() { Paths = ["/a", "/{id}"] }, ["path-template-braces paths[1]"]),
        new(new() { NotPaths = ["/{**}/{*}"] }, ["path-template-order notPaths[0]"]),
    ];

    [Theory, MemberData(nameof(Operations))]
    public void S6_3_values_of_an_operation_have_their_form(Operation operation, string[] findings) => Found.Equal(
        [.. findings.Select(finding => finding.Replace(" ", $" {Operation}.", StringComparison.Ordinal))], Written.Allow(Written.To(operation)));

    // key, a value, and whether CUSTOM may use it
    public static TheoryData<string, string, bool> Keys() =>
    [
        new("source.ip", "10.0.0.0/8", true),
        new("source.namespace", "a", false),
        new("source.serviceAccount", "a/b", false),
        new("source.trustDomain", "a/b", false),
        new("source.principal", "a", false),
        new("remote.ip", "::1", true),
        new("request.headers[x]", "a", true),
        new("request.auth.principal", "a", false),
        new("request.auth.audiences", "a", false),
        new("request.auth.presenter", "a", false),
        new("request.auth.claims[a][b]", "a", false),
        new("destination.ip", "10.0.0.1", true),
        new("destination.port", "80", true),
        new("connection.sni", "a", true),
        new("experimental.envoy.filters.a.b[c]", "[a]", true),
    ];

    [Theory, MemberData(nameof(Keys))]
    public void S6_3_keys_of_conditions(string key, string value, bool inCustom)
    {
        Found.Equal([], Written.Allow(Written.When(key, value)));
        Found.Equal([], Written.Allow(Written.WhenNot(key, value)));
        Found.Equal(
            inCustom ? [] : [$"custom-attribute-unsupported {When}.key"], Written.Policy(PolicyAction.Custom, Written.When(key, value)));
    }

    [Theory]
    [InlineData("", "condition-key-missing")]
    [InlineData("source.ips", "condition-key-unknown")]
    [InlineData("source.user", "condition-key-unknown")]
    [InlineData("Source.IP", "condition-key-unknown")]
    [InlineData("request.header[a]", "condition-key-unknown")]
    [InlineData("experimental.envoy.filter.a[b]", "condition-key-unknown")]
    [InlineData("destination.namespace", "condition-key-removed")]
    [InlineData("destination.labels", "condition-key-removed")]
    [InlineData("destination.labels[a]", "condition-key-removed")]
    [InlineData("destination.name", "condition-key-removed")]
    [InlineData("destination.user", "condition-key-removed")]
    [InlineData("destination.names", "condition-key-unknown")]
    [InlineData("request.headers", "condition-key-malformed")]
    [InlineData("request.headers[]", "condition-key-malformed")]
    [InlineData("request.headers[a", "condition-key-malformed")]
    [InlineData("request.headers[a]b", "condition-key-malformed")]
    [InlineData("request.headers]", "condition-key-malformed")]
    [InlineData("request.auth.claims[]", "condition-key-malformed")]
    [InlineData("experimental.envoy.filters.a", "condition-key-malformed")]
    [InlineData("request.headersX[a]", "condition-key-ineffective")]
    [InlineData("request.auth.claims.a[b]", "condition-key-ineffective")]
    public void S6_3_keys_that_are_none(string key, string code) =>
        Found.Equal([$"{code} {When}.key"], Written.Allow(Written.When(key, "a")));

    public static TheoryData<Condition, string[]> Conditions() =>
    [
        new(new("source.ip", [], []), ["condition-values-missing "]),
        new(new("connection.sni", ["a", ""], [""]), ["value-empty .values[1]", "value-empty .notValues[0]"]),
        new(new("source.ip", ["x"], ["1.1.1.1", "y"]), ["address-invalid .values[0]", "address-invalid .notValues[1]"]),
        new(new("remote.ip", ["1.1.1.1/-1"], []), ["address-invalid .values[0]"]),
        new(new("destination.ip", [], ["1.1"]), ["address-invalid .notValues[0]"]),
        new(new("destination.port", ["80", "x"], ["70000"]), ["port-invalid .values[1]", "port-invalid .notValues[0]"]),
        new(new("source.trustDomain", ["**"], []), ["trust-domain-wildcard .values[0]"]),
        new(new("source.serviceAccount", ["a/b/c"], ["*"]), ["service-account-malformed .values[0]", "service-account-wildcard .notValues[0]"]),
        new(new("source.serviceAccount", Written.Texts(15), Written.Texts(16)), []) { Label = "accounts at the limit" },
        new(new("source.serviceAccount", Written.Texts(17), []), ["service-accounts-too-many .values"]) { Label = "accounts above the limit" },
        new(new("source.serviceAccount", [], Written.Texts(17)), ["service-accounts-too-many .notValues"]) { Label = "not accounts above it" },
        new(new("nothing", [""], []), ["condition-key-unknown .key", "value-empty .values[0]"]),
    ];

    [Theory, MemberData(nameof(Conditions))]
    public void S6_3_values_of_conditions(Condition condition, string[] findings) => Found.Equal(
        [.. findings.Select(finding => finding.Replace(" ", " " + When, StringComparison.Ordinal))],
        Written.Allow(new Rule { When = [condition] }));

    public static TheoryData<Rule, bool> TcpRules() =>
    [
        new(new(), false) { Label = "anything" },
        new(Written.When("request.headers[x]", "a"), false) { Label = "conditions are not looked at" },
        new(Written.From(new Source { Principals = ["a"] }), false) { Label = "principals" },
        new(Written.From(new Source { NotNamespaces = ["a"] }), false) { Label = "notNamespaces" },
        new(Written.From(new Source { RemoteIpBlocks = ["::"] }), false) { Label = "remoteIpBlocks" },
        new(Written.From(new Source { NotServiceAccounts = ["a"] }), false) { Label = "notServiceAccounts" },
        new(Written.From(new Source { RequestPrincipals = ["a"] }), true) { Label = "requestPrincipals" },
        new(Written.From(new Source { TrustDomains = ["a"] }), true) { Label = "trustDomains do not count" },
        new(Written.From(new Source { RequestPrincipals = ["a"] }, new Source { IpBlocks = ["::"] }), false) { Label = "one of two sources" },
        new(Written.To(new Operation { Methods = ["GET"] }), true) { Label = "methods" },
        new(Written.To(new Operation { Methods = ["GET"], Ports = ["80"] }), false) { Label = "methods and ports" },
        new(Written.To(new Operation { NotPorts = ["80"] }), false) { Label = "notPorts" },
        new(Written.To(new Operation { Paths = ["/"] }, new Operation { Ports = ["80"] }), false) { Label = "one of two operations" },
        new(
            Written.From(new Source { Principals = ["a"] }) with { To = [new(new Operation { Hosts = ["a"] })] }, true) { Label = "a peer and hosts" },
        new(
            Written.From(new Source { RequestPrincipals = ["a"] }) with { To = [new(new Operation { Ports = ["80"] })] }, false) { Label = "a token and ports" },
    ];

    [Theory, MemberData(nameof(TcpRules))]
    public void S6_3_a_deny_rule_that_refuses_all_tcp_is_warned_of(Rule rule, bool warned)
    {
        string[] expected = warned ? ["deny-refuses-tcp spec.rules[0]"] : [];
        Found.Equal(expected, Written.Deny(rule));
        Found.Equal([], Written.Allow(rule));
        Found.Equal([], Written.Policy(PolicyAction.Audit, rule));
        Assert.All(ResourceValidator.Validate(Written.Deny(rule)), finding => Assert.Equal(Severity.Warning, finding.Severity));
    }
}
