using AuthzEngine.Admission;
using AuthzEngine.Analysis.Reachability;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Reference;
using FsCheck;
using FsCheck.Fluent;
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

    // what is allowed, what is denied, and who is left: of how many, and whether there is an exception
    public static TheoryData<Source, Source, string[], bool> Differences() =>
    [
        new(Peers("a", "b", "c"), Peers("b"), ["a", "c"], false) { Label = "values that are denied are taken off" },
        new(Peers("a", "b"), Peers("b", "other"), ["a"], false) { Label = "what is denied besides does not matter" },
        new(Peers("a"), Peers("b"), ["a"], false) { Label = "what was not allowed cannot be taken off" },
        new(Peers("a"), Peers("a"), [], false) { Label = "nobody is left" },
        new(Peers("a", "b"), new() { Namespaces = ["a"] }, ["b"], false) { Label = "a namespace covers its peers" },
        new(Peers("a"), new() { NotPrincipals = [Peer("a")] }, ["a"], false) { Label = "all others are denied" },
        new(Peers("a"), new() { NotPrincipals = [Peer("b")] }, [], false) { Label = "all but another are denied" },
        new(Peers("a", "b"), new() { Principals = [Peer("a")], IpBlocks = ["10.0.0.0/8"] }, ["a", "b"], true) { Label = "only from some addresses" },
        new(Peers("a"), new() { IpBlocks = ["10.0.0.0/8"] }, ["a"], true) { Label = "something else altogether" },
        new(new() { Principals = ["*"] }, Peers("a"), ["*"], true) { Label = "everybody but one" },
    ];

    [Theory, MemberData(nameof(Differences))]
    public void What_is_denied_is_taken_off_or_said_to_be_an_exception(Source allowed, Source denied, string[] left, bool except)
    {
        var rules = Derive(Get, Written.Allow(Written.From(allowed)), Named(Written.Deny(Written.From(denied))));

        Assert.Equal(left.Length == 0 ? Reach.Nobody : Reach.Conditional, rules.Reach);
        Assert.Equal(
            left.Select(name => name == "*" ? "*" : "spiffe://" + Peer(name)),
            rules.Allow.SelectMany(rule => rule.From).SelectMany(clauses => clauses).SelectMany(clause => clause.Patterns));
        Assert.Equal(except, rules.Allow.Any(rule => rule.Exceptions.Count > 0));
        Assert.Equal(except ? (1, 0) : (0, 1), (rules.Deny.Count, rules.Subtracted.Count));
    }

    [Fact]
    public void Claims_are_lists_so_that_one_that_is_denied_takes_no_other_off()
    {
        var allow = Written.Allow(Written.When("request.auth.claims[groups]", "a", "b"));
        var rules = Derive(Get, allow, Named(Written.Deny(Written.When("request.auth.claims[groups]", "b"))));

        Assert.Equal(["a", "b"], Assert.Single(Assert.Single(rules.Allow).When).Patterns);
        Assert.Equal("other", Assert.Single(rules.Allow[0].Exceptions).Policy.Name);
    }

    [Fact]
    public void Alternatives_that_are_denied_are_taken_off()
    {
        var allow = Written.From(Peers("a"), new Source { Principals = [Peer("b")], IpBlocks = ["10.1.0.0/16"] });
        var rules = Derive(Get, Written.Allow(allow), Named(Written.Deny(Written.From(new Source { IpBlocks = ["10.0.0.0/8"] }))));

        Assert.Equal("spiffe://" + Peer("a"), Assert.Single(Assert.Single(Assert.Single(Assert.Single(rules.Allow).From)).Patterns));
        Assert.Single(rules.Deny); // a too may come from there
    }

    // Identities as Istio issues them: of others less is certain.
    [Fact]
    public void Whoever_is_allowed_was_derived() => Prop.ForAll(Samples.All.ToArbitrary(), sample =>
    {
        var request = sample.Request with { Protocol = RequestProtocol.Http, Unsupplied = AttributeKinds.None };
        if (request is not { Method: not null, Path: not null, Host: not null, Port: { } port } || !IsIssued(request.Principal))
        {
            return true;
        }

        var policies = PolicySet.Compile(sample.Resources, sample.Settings).For(Sample.Workload);
        var rules = WhoCan.Derive(policies, new(request.Method, request.Path, request.Host, port));
        var decision = policies.Decide(request.ToAttributes());
        return decision.Verdict == Verdict.Allow
            ? rules.Reach != Reach.Nobody && (decision.Rule is null || rules.Allow.Any(rule => rule.Rule == decision.Rule))
            : rules.Reach != Reach.Everybody || decision.Reason is DecisionReason.TokenInvalid or DecisionReason.TokenAudienceRefused;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    private static bool IsIssued(string? principal) =>
        string.IsNullOrEmpty(principal) || principal.Split('/') is ["spiffe:", "", { Length: > 0 }, "ns", { Length: > 0 }, "sa", { Length: > 0 }];

    private static Source Peers(params string[] names) => new() { Principals = [.. names.Select(Peer)] };

    private static string Peer(string name) => $"cluster.local/ns/{name}/sa/x";

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
