using AuthzEngine.Admission;
using AuthzEngine.Analysis.Reachability;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Reachability;

public sealed class WhoCanTests
{
    private static readonly ReachedOperation Get = new("GET", "/items/1");

    private static readonly Source Web = new() { Principals = ["cluster.local/ns/shop/sa/web"] };

    private static readonly Rule WebReads = new()
    {
        From = [new(Web)],
        To = [new(new Operation { Methods = ["GET"], Paths = ["/items/*"] }), new(new Operation { Paths = ["/health"] })],
    };

    [Fact]
    public void Without_policies_everybody_can()
    {
        var rules = Derive(Get);

        Assert.Equal(Reach.Everybody, rules.Reach);
        Assert.False(rules.NeedsAllowRule);
    }

    [Fact]
    public void What_a_rule_says_of_the_caller_is_the_condition()
    {
        var rules = Derive(Get, Written.Allow(WebReads));

        Assert.Equal(Reach.Conditional, rules.Reach);
        var rule = Assert.Single(rules.Allow);
        Assert.Equal("source.principal is `spiffe://cluster.local/ns/shop/sa/web`", Assert.Single(Assert.Single(rule.From)).ToString());
        Assert.Empty(rule.To);
        Assert.Empty(rule.When);
    }

    [Theory]
    [InlineData("PUT", "/items/1")]
    [InlineData("GET", "/other")]
    public void Where_no_allow_rule_can_match_nobody_can(string method, string path)
    {
        var rules = Derive(new(method, path), Written.Allow(WebReads));

        Assert.Equal(Reach.Nobody, rules.Reach);
        Assert.Empty(rules.Allow);
    }

    [Fact]
    public void The_query_is_no_part_of_the_path() => Assert.Single(Derive(new("GET", "/health?x"), Written.Allow(WebReads)).Allow);

    [Fact]
    public void An_allow_rule_without_conditions_is_for_everybody() =>
        Assert.Equal(Reach.Everybody, Derive(Get, Written.Allow(WebReads, Written.To(new Operation { Methods = ["GET"] }))).Reach);

    [Fact]
    public void A_deny_rule_that_may_match_is_stated_as_such()
    {
        var rules = Derive(Get, Written.Allow(new Rule()), Named(Written.Deny(Written.When("request.headers[x]", "y"), Written.To(new Operation { Paths = ["/other"] }))));

        Assert.Equal(Reach.Conditional, rules.Reach);
        Assert.Equal("request.headers[x] is `y`", Assert.Single(Assert.Single(rules.Deny).When).ToString());
    }

    [Fact]
    public void A_deny_rule_that_matches_whatever_else_holds_leaves_nobody() =>
        Assert.Equal(Reach.Nobody, Derive(Get, Written.Allow(new Rule()), Named(Written.Deny(Written.To(new Operation { Paths = ["/items*"] })))).Reach);

    [Theory]
    [InlineData(null, null, Reach.Conditional)]
    [InlineData("a.example", 80, Reach.Everybody)]
    [InlineData("a.example", 81, Reach.Nobody)]
    [InlineData("b.example", 80, Reach.Nobody)]
    public void Host_and_port_are_conditions_until_they_are_said(string? host, int? port, Reach reach) => Assert.Equal(
        reach,
        Derive(Get with { Host = host, Port = port }, Written.Allow(Written.To(new Operation { Hosts = ["a.example"], Ports = ["80"] }))).Reach);

    [Fact]
    public void Strict_mutual_tls_needs_an_identity()
    {
        var rules = Derive(Get, Written.Peers() with { Mode = MutualTlsMode.Strict });

        Assert.Equal(MutualTlsMode.Strict, rules.MutualTls.Mode);
        Assert.Equal(Reach.Conditional, rules.Reach);
    }

    [Fact]
    public void Where_mutual_tls_is_disabled_no_identity_can_match() => Assert.Equal(
        Reach.Nobody, Derive(Get, Written.Allow(WebReads), Written.Peers() with { Mode = MutualTlsMode.Disable }).Reach);

    [Fact]
    public void An_external_authorizer_has_to_agree()
    {
        var rules = Derive(Get, Written.Policy(PolicyAction.Custom, Written.To(new Operation { Paths = ["/items*"] })));

        Assert.Equal("sso", Assert.Single(rules.Custom).Provider);
        Assert.True(rules.Custom[0].Misconfigured);
        Assert.Equal(Reach.Nobody, rules.Reach);
    }

    [Fact]
    public void Tokens_of_the_issuers_are_named() =>
        Assert.Equal(["https://issuer.example"], Derive(Get, Written.Tokens(Written.Issuer)).Issuers);

    [Fact]
    public void A_workload_that_is_held_shut_is_for_nobody()
    {
        var resources = new ResourceSet([], [new QuarantinedResource(null, "shop", null)]);

        Assert.Equal(Reach.Nobody, WhoCan.Derive(PolicySet.Compile(resources, new()).For(new() { Namespace = "shop" }), Get).Reach);
    }

    private static AuthorizationPolicy Named(AuthorizationPolicy policy) =>
        policy with { Id = Written.Id(ResourceKind.AuthorizationPolicy, "other") };

    private static ReachingRules Derive(ReachedOperation operation, params PolicyResource[] resources) =>
        WhoCan.Derive(PolicySet.Compile(new(resources, []), new()).For(new() { Namespace = "shop" }), operation);
}
