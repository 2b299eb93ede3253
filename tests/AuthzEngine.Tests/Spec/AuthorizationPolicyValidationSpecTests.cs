using AuthzEngine.Policies;
using AuthzEngine.Tests.Validation;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>authorization-policy §6.3: policies, rules and sources.</summary>
public sealed class AuthorizationPolicyValidationSpecTests
{
    private const string Rule = "spec.rules[0]";
    private const string Source = "spec.rules[0].from[0].source";

    private static readonly Rule Any = new();

    public static TheoryData<AuthorizationPolicy, string[]> Wholes() =>
    [
        new(Written.Policy(PolicyAction.Allow), []) { Label = "ALLOW without rules" },
        new(Written.Policy(PolicyAction.Audit), []) { Label = "AUDIT without rules" },
        new(Written.Policy(PolicyAction.Deny), ["rules-missing spec.rules"]) { Label = "DENY without rules" },
        new(Written.Policy(PolicyAction.Custom), ["rules-missing spec.rules"]) { Label = "CUSTOM without rules" },
        new(Written.Policy(PolicyAction.Custom) with { Provider = null }, ["rules-missing spec.rules"]) { Label = "CUSTOM without anything" },
        new(Written.Policy(PolicyAction.Custom, Any), []) { Label = "CUSTOM with a provider" },
        new(Written.Policy(PolicyAction.Custom, Any) with { Provider = null }, ["provider-missing spec.provider.name"]) { Label = "CUSTOM without" },
        new(Written.Policy(PolicyAction.Custom, Any) with { Provider = new("") }, ["provider-missing spec.provider.name"]) { Label = "CUSTOM with no name" },
        new(Written.Deny(Any) with { Provider = new("x") }, ["provider-unexpected spec.provider"]) { Label = "DENY with a provider" },
        new(Written.Allow() with { Provider = new("") }, ["provider-unexpected spec.provider"]) { Label = "ALLOW with an empty provider" },
        new(Written.Allow() with { Action = (PolicyAction)4 }, ["action-unknown spec.action"]) { Label = "an action of a later version" },
        new(Written.Allow([.. Enumerable.Repeat(Any, 511)]), []) { Label = "rules below the limit" },
        new(Written.Allow([.. Enumerable.Repeat(Any, 512)]), []) { Label = "rules at the limit" },
        new(Written.Allow([.. Enumerable.Repeat(Any, 513)]), ["rules-too-many spec.rules"]) { Label = "rules above it" },
        new(Written.Allow(Any, null), ["entry-null spec.rules[1]"]) { Label = "a rule that is null" },
        new(Written.Allow(new Rule { From = [null] }), [$"entry-null {Rule}.from[0]"]) { Label = "from that is null" },
        new(Written.Allow(new Rule { To = [null] }), [$"entry-null {Rule}.to[0]"]) { Label = "to that is null" },
        new(Written.Allow(new Rule { When = [null] }), [$"entry-null {Rule}.when[0]"]) { Label = "when that is null" },
        new(Written.Allow(Written.From(Sources(511))), []) { Label = "sources below the limit" },
        new(Written.Allow(Written.From(Sources(512))), []) { Label = "sources at the limit" },
        new(Written.Allow(Written.From(Sources(513))), [$"from-too-many {Rule}.from"]) { Label = "sources above it" },
        new(Written.Allow(Written.From([null])), ["source-missing " + Source]) { Label = "source missing" },
        new(Written.Allow(Written.From(new Source())), ["source-empty " + Source]) { Label = "source empty" },
        new(Written.Allow(Written.To([null])), [$"operation-missing {Rule}.to[0].operation"]) { Label = "operation missing" },
        new(Written.Allow(Written.To(new Operation())), [$"operation-empty {Rule}.to[0].operation"]) { Label = "operation empty" },
    ];

    [Theory, MemberData(nameof(Wholes))]
    public void S6_3_what_a_policy_must_have(AuthorizationPolicy policy, string[] expected) => Found.Equal(expected, policy);

    // field, and whether CUSTOM may use it
    public static TheoryData<string, bool, Source> SourceFields() =>
    [
        new("principals", false, new() { Principals = ["a"] }),
        new("notPrincipals", false, new() { NotPrincipals = ["a"] }),
        new("requestPrincipals", false, new() { RequestPrincipals = ["a"] }),
        new("notRequestPrincipals", false, new() { NotRequestPrincipals = ["a"] }),
        new("namespaces", false, new() { Namespaces = ["a"] }),
        new("notNamespaces", false, new() { NotNamespaces = ["a"] }),
        new("serviceAccounts", false, new() { ServiceAccounts = ["a"] }),
        new("notServiceAccounts", false, new() { NotServiceAccounts = ["a"] }),
        new("trustDomains", false, new() { TrustDomains = ["a"] }),
        new("notTrustDomains", false, new() { NotTrustDomains = ["a"] }),
        new("ipBlocks", true, new() { IpBlocks = ["1.2.3.4"] }),
        new("notIpBlocks", true, new() { NotIpBlocks = ["1.2.3.4"] }),
        new("remoteIpBlocks", true, new() { RemoteIpBlocks = ["1.2.3.4"] }),
        new("notRemoteIpBlocks", true, new() { NotRemoteIpBlocks = ["1.2.3.4"] }),
    ];

    [Theory, MemberData(nameof(SourceFields))]
    public void S6_3_custom_knows_neither_peer_nor_token(string field, bool inCustom, Source source)
    {
        Found.Equal(inCustom ? [] : [$"custom-attribute-unsupported {Source}.{field}"], Written.Policy(PolicyAction.Custom, Written.From(source)));
        Found.Equal([], Written.Allow(Written.From(source)));
    }

    public static TheoryData<Source, string[]> EmptyValues() =>
    [
        new(new() { Principals = ["a", ""] }, ["principals[1]"]),
        new(new() { NotPrincipals = [""] }, ["notPrincipals[0]"]),
        new(new() { RequestPrincipals = [""] }, ["requestPrincipals[0]"]),
        new(new() { NotRequestPrincipals = [""] }, ["notRequestPrincipals[0]"]),
        new(new() { Namespaces = ["", "a", ""] }, ["namespaces[0]", "namespaces[2]"]),
        new(new() { NotNamespaces = [""] }, ["notNamespaces[0]"]),
        new(new() { ServiceAccounts = [""] }, ["serviceAccounts[0]"]),
        new(new() { NotServiceAccounts = [""] }, ["notServiceAccounts[0]"]),
        new(new() { IpBlocks = [""] }, ["ipBlocks[0]"]),
        new(new() { NotIpBlocks = [""] }, ["notIpBlocks[0]"]),
        new(new() { RemoteIpBlocks = [""] }, ["remoteIpBlocks[0]"]),
        new(new() { NotRemoteIpBlocks = [""] }, ["notRemoteIpBlocks[0]"]),
        new(new() { TrustDomains = [""] }, ["trustDomains[0]"]),
        new(new() { NotTrustDomains = [""] }, ["notTrustDomains[0]"]),
        new(new() { Principals = ["***", "spiffe://x", "\n"], Namespaces = ["a*b*c", "/"] }, []) { Label = "any other text" },
    ];

    [Theory, MemberData(nameof(EmptyValues))]
    public void S6_3_no_value_of_a_source_is_empty(Source source, string[] fields) =>
        Found.Equal([.. fields.Select(field => $"value-empty {Source}.{field}")], Written.Allow(Written.From(source)));

    public static TheoryData<Source, string[]> BadValues() =>
    [
        new(new() { IpBlocks = ["10.0.0.0/8", "10.0.0.0/33"] }, ["address-invalid ipBlocks[1]"]),
        new(new() { NotIpBlocks = ["x"] }, ["address-invalid notIpBlocks[0]"]),
        new(new() { RemoteIpBlocks = ["::1", "1.2.3"] }, ["address-invalid remoteIpBlocks[1]"]),
        new(new() { NotRemoteIpBlocks = ["1.2.3.4-5"] }, ["address-invalid notRemoteIpBlocks[0]"]),
        new(new() { ServiceAccounts = ["a/b", "a/*"] }, ["service-account-wildcard serviceAccounts[1]"]),
        new(new() { NotServiceAccounts = ["a/b/c"] }, ["service-account-malformed notServiceAccounts[0]"]),
        new(new() { ServiceAccounts = Written.Texts(15) }, []) { Label = "accounts below the limit" },
        new(new() { ServiceAccounts = Written.Texts(16) }, []) { Label = "accounts at the limit" },
        new(new() { ServiceAccounts = Written.Texts(17) }, ["service-accounts-too-many serviceAccounts"]) { Label = "accounts above the limit" },
        new(new() { NotServiceAccounts = Written.Texts(17) }, ["service-accounts-too-many notServiceAccounts"]) { Label = "not accounts above it" },
        new(new() { TrustDomains = ["td", "*"] }, []),
        new(new() { TrustDomains = ["a*b"] }, ["trust-domain-wildcard trustDomains[0]"]),
        new(new() { NotTrustDomains = ["a/b"] }, ["trust-domain-slash notTrustDomains[0]"]),
        new(new() { ServiceAccounts = ["a"], Principals = ["b"] }, ["service-accounts-not-alone serviceAccounts"]),
        new(new() { ServiceAccounts = ["a"], NotPrincipals = ["b"] }, ["service-accounts-not-alone serviceAccounts"]),
        new(new() { NotServiceAccounts = ["a"], Namespaces = ["b"] }, ["service-accounts-not-alone notServiceAccounts"]),
        new(new() { NotServiceAccounts = ["a"], NotNamespaces = ["b"] }, ["service-accounts-not-alone notServiceAccounts"]),
        new(new() { ServiceAccounts = ["a"], TrustDomains = ["b"], IpBlocks = ["::"], RequestPrincipals = ["*"] }, []) { Label = "accounts with others" },
    ];

    [Theory, MemberData(nameof(BadValues))]
    public void S6_3_values_of_a_source_have_their_form(Source source, string[] findings) => Found.Equal(
        [.. findings.Select(finding => finding.Replace(" ", $" {Source}.", StringComparison.Ordinal))], Written.Allow(Written.From(source)));

    [Fact]
    public void S6_3_everything_is_reported_at_once() => Found.Equal(
        [
            "provider-unexpected spec.provider",
            $"source-missing {Source}",
            $"port-invalid {Rule}.to[0].operation.ports[0]",
            $"condition-values-missing {Rule}.when[0]",
            "entry-null spec.rules[1]",
        ],
        Written.Allow(
            new Rule { From = [new(null)], To = [new(new Operation { Ports = ["x"] })], When = [new("source.ip", [], [])] }, null) with
        {
            Provider = new("x"),
        });

    [Fact]
    public void S6_3_deny_without_rules_is_told_how_to_deny_everything() =>
        Assert.Equal("to deny everything write `rules: [{}]`", Assert.Single(ResourceValidator.Validate(Written.Deny())).Suggestion);

    private static Source[] Sources(int count) => [.. Written.Texts(count).Select(text => new Source { Principals = [text] })];
}
