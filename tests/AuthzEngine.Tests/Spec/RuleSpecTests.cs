using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;
using static AuthzEngine.Tests.Written;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §1.5, §2.3 to §2.8: names, empty parts, dry run, TCP, structure, missing attributes.</summary>
public sealed class RuleSpecTests
{
    private const string Alice = "spiffe://cluster.local/ns/shop/sa/alice";

    private static readonly RequestAttributes Get = new() { Method = "GET", Path = "/a", Host = "h", DestinationPort = 80 };

    private static readonly RequestAttributes Tcp = new() { Protocol = RequestProtocol.Tcp, DestinationPort = 80 };

    [Theory]
    [InlineData(PolicyAction.Allow, "ns[shop]-policy[p]-rule[1]")]
    [InlineData(PolicyAction.Deny, "ns[shop]-policy[p]-rule[1]")]
    [InlineData(PolicyAction.Audit, "ns[shop]-policy[p]-rule[1]")]
    [InlineData(PolicyAction.Custom, "istio-ext-authz-sso-ns[shop]-policy[p]-rule[1]")]
    public void S1_5_a_rule_is_named_by_namespace_policy_and_index(PolicyAction action, string id)
    {
        var policy = Policy(action, To(new Operation { Methods = ["A"] }), new Rule());
        var identity = PolicyTranslator.Translate(policy, new MeshSettings()).HttpRules[1].Identity;
        Assert.Equal(new RuleIdentity(id, policy.Id, 1, action), identity);
    }

    [Fact]
    public void S1_5_a_rule_of_a_bad_provider_has_a_suffix()
    {
        var policy = Policy(PolicyAction.Custom, new Rule());
        Assert.Equal(
            "istio-ext-authz-sso-ns[shop]-policy[p]-rule[0]-deny-due-to-bad-CUSTOM-action",
            RuleNames.Misconfigured(RuleNames.Of(policy, 0)).Id);
    }

    [Theory]
    [InlineData(PolicyAction.Allow)]
    [InlineData(PolicyAction.Deny)]
    public void S2_3_a_policy_without_rules_matches_nothing(PolicyAction action)
    {
        var model = PolicyTranslator.Translate(Policy(action), new MeshSettings());
        Assert.Empty(model.HttpRules);
        Assert.Empty(model.TcpRules);
    }

    [Theory]
    [InlineData(PolicyAction.Allow)]
    [InlineData(PolicyAction.Deny)]
    public void S2_3_an_empty_rule_source_or_operation_matches_anything(PolicyAction action)
    {
        Rule[] rules = [new(), From(new Source()), From((Source?)null), To(new Operation()), To((Operation?)null), When("source.ip")];
        Assert.All(rules, rule => Assert.True(rule.Matches(Get, action)));
        Assert.All(rules, rule => Assert.True(rule.Matches(Tcp, action)));
    }

    [Fact]
    public void S2_3_a_null_rule_is_skipped_and_keeps_its_index()
    {
        var model = PolicyTranslator.Translate(Policy(PolicyAction.Deny, null, new Rule()), new MeshSettings());
        Assert.Equal(1, Assert.Single(model.HttpRules).Identity.Index);
    }

    [Fact]
    public void S2_3_a_null_alternative_or_condition_makes_allow_narrower_and_deny_wider()
    {
        Rule[] rules = [new() { From = [null] }, new() { To = [null] }, new() { When = [null] }];
        Assert.All(rules, rule => Assert.False(rule.Matches(Get, PolicyAction.Allow)));
        Assert.All(rules, rule => Assert.True(rule.Matches(Get, PolicyAction.Deny)));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("true", true)]
    [InlineData("T", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("yes", false)]
    [InlineData("tRUE", false)]
    public void S1_2_the_annotation_marks_a_dry_run_where_it_is_true(string? annotation, bool dryRun)
    {
        var policy = Policy(PolicyAction.Deny, new Rule());
        policy = annotation is null ? policy : policy with
        {
            Annotations = new Dictionary<string, string> { [AuthorizationPolicy.DryRunAnnotation] = annotation },
        };
        Assert.Equal(dryRun, PolicyTranslator.Translate(policy, new MeshSettings()).DryRun);
    }

    public static TheoryData<string, Rule> HttpOnly() => new(
        ("hosts", To(new Operation { Hosts = ["h"] })),
        ("notHosts", To(new Operation { NotHosts = ["x"] })),
        ("methods", To(new Operation { Methods = ["GET"] })),
        ("notMethods", To(new Operation { NotMethods = ["PUT"] })),
        ("paths", To(new Operation { Paths = ["/a"] })),
        ("notPaths", To(new Operation { NotPaths = ["/b"] })),
        ("requestPrincipals", From(new Source { RequestPrincipals = ["*"] })),
        ("notRequestPrincipals", From(new Source { NotRequestPrincipals = ["*"] })),
        ("request.headers", When("request.headers[a]", "b")),
        ("request.headers, negative", WhenNot("request.headers[a]", "b")),
        ("request.auth.principal", When("request.auth.principal", "*")),
        ("request.auth.audiences", WhenNot("request.auth.audiences", "*")),
        ("request.auth.presenter", When("request.auth.presenter", "*")),
        ("request.auth.claims", WhenNot("request.auth.claims[a]", "*")));

    [Theory, MemberData(nameof(HttpOnly))]
    public void S2_6_an_http_only_attribute_drops_an_allow_rule_on_tcp_and_vanishes_from_any_other(string attribute, Rule rule)
    {
        Assert.False(rule.Matches(Tcp, PolicyAction.Allow), attribute);
        Assert.True(rule.Matches(Tcp, PolicyAction.Deny), attribute);
        Assert.True(rule.Matches(Tcp, PolicyAction.Audit), attribute);
        Assert.True(rule.Matches(Tcp, PolicyAction.Custom), attribute);
    }

    public static TheoryData<string, Rule> Tcps() => new(
        ("principals", From(new Source { Principals = ["cluster.local/ns/shop/sa/alice"] })),
        ("namespaces", From(new Source { Namespaces = ["shop"] })),
        ("serviceAccounts", From(new Source { ServiceAccounts = ["alice"] })),
        ("trustDomains", From(new Source { TrustDomains = ["cluster.local"] })),
        ("ipBlocks", From(new Source { IpBlocks = ["10.0.0.0/8"] })),
        ("remoteIpBlocks", From(new Source { RemoteIpBlocks = ["11.0.0.0/8"] })),
        ("ports", To(new Operation { Ports = ["80"] })),
        ("destination.ip", When("destination.ip", "12.0.0.1")),
        ("connection.sni", When("connection.sni", "outbound*")),
        ("experimental", When("experimental.envoy.filters.network.x[k]", "v")));

    [Theory, MemberData(nameof(Tcps))]
    public void S2_6_every_other_attribute_works_on_tcp(string attribute, Rule rule)
    {
        var matching = Tcp with
        {
            SourcePrincipal = Alice,
            SourceIp = IpAddress.Parse("10.1.1.1"),
            RemoteIp = IpAddress.Parse("11.1.1.1"),
            DestinationIp = IpAddress.Parse("12.0.0.1"),
            Sni = "outbound_.80",
            FilterMetadata = TestClaims.Parse("""{"envoy.filters.network.x":{"k":"v"}}"""),
        };
        Assert.True(rule.Matches(matching, PolicyAction.Allow), attribute);
        Assert.False(rule.Matches(Tcp with { DestinationPort = 81 }, PolicyAction.Deny), attribute);
    }

    [Fact]
    public void S2_6_deny_of_a_method_denies_every_connection_unless_ports_say_which()
    {
        Assert.True(To(new Operation { Methods = ["GET"] }).Matches(Tcp));
        var withPort = To(new Operation { Methods = ["GET"], Ports = ["8080"] });
        Assert.False(withPort.Matches(Tcp));
        Assert.True(withPort.Matches(Tcp with { DestinationPort = 8080 }));
    }

    [Fact]
    public void S2_6_one_http_only_attribute_in_any_alternative_drops_the_whole_allow_rule_on_tcp()
    {
        var rule = To(new Operation { Ports = ["80"] }, new Operation { Paths = ["/a"] });
        Assert.False(rule.Matches(Tcp, PolicyAction.Allow));
        Assert.True(rule.Matches(Get, PolicyAction.Allow));
    }

    public static TheoryData<string, Rule> Untranslatable() => new(
        ("CIDR", From(new Source { IpBlocks = ["10.0.0.0/33"] })),
        ("negative CIDR", From(new Source { NotRemoteIpBlocks = ["x"] })),
        ("port", To(new Operation { Ports = ["http"] })),
        ("template", To(new Operation { Paths = ["/{*}{*}"] })),
        ("header family", When("request.headersX[a]", "b")),
        ("header without bracket", When("request.headers[a", "b")),
        ("header without name", When("request.headers[]", "b")),
        ("claim family", When("request.auth.claimsX[a]", "b")),
        ("claim without brackets", When("request.auth.claims", "b")),
        ("metadata without key", When("experimental.envoy.filters.x", "b")));

    [Theory, MemberData(nameof(Untranslatable))]
    public void S2_6_what_cannot_be_translated_removes_an_allow_rule_and_vanishes_from_any_other(string defect, Rule rule)
    {
        Assert.False(rule.Matches(Get, PolicyAction.Allow), defect);
        Assert.True(rule.Matches(Get, PolicyAction.Deny), defect);
        Assert.True(rule.Matches(Get, PolicyAction.Audit), defect);
        Assert.True(rule.Matches(Get, PolicyAction.Custom), defect);
    }

    [Fact]
    public void S2_6_a_bad_value_beside_good_ones_goes_alone()
    {
        var rule = To(new Operation { Ports = ["http", "80"] });
        Assert.True(rule.Matches(Get));
        Assert.False(rule.Matches(Get with { DestinationPort = 81 }));
        Assert.False(rule.Matches(Get, PolicyAction.Allow));
    }

    [Theory]
    [InlineData("source.user")]
    [InlineData("destination.namespace")]
    [InlineData("Source.ip")]
    [InlineData("source.ip ")]
    [InlineData("experimental.other[a]")]
    [InlineData("")]
    public void S2_6_an_unknown_key_removes_the_rule_for_every_action(string key) =>
        Assert.All(Enum.GetValues<PolicyAction>(), action =>
        {
            Assert.False(When(key, "x").Matches(Get, action));
            Assert.False(WhenNot(key, "x").Matches(Tcp, action));
        });

    [Fact]
    public void S2_7_alternatives_are_any_fields_and_conditions_are_all()
    {
        var rule = new Rule
        {
            From = [new(new Source { Principals = ["*"], IpBlocks = ["10.0.0.1"] }), new(new Source { IpBlocks = ["10.0.0.2"] })],
            To = [new(new Operation { Methods = ["GET", "PUT"], NotPaths = ["/b"] }), new(new Operation { Methods = ["DELETE"] })],
            When = [new("request.headers[x]", ["1", "2"], ["2"]), new("request.headers[x]", ["1", "3"], [])],
        };
        var request = Get with { SourceIp = IpAddress.Parse("10.0.0.2"), Headers = new TestHeaders { ["x"] = ["1"] } };
        Assert.True(rule.Matches(request));
        Assert.True(rule.Matches(request with { Method = "PUT" }));
        Assert.True(rule.Matches(request with { Method = "DELETE", Path = "/b" }));
        Assert.False(rule.Matches(request with { Path = "/b" }));
        Assert.False(rule.Matches(request with { Method = "POST" }));
        Assert.False(rule.Matches(request with { SourceIp = IpAddress.Parse("10.0.0.1") }));
        Assert.True(rule.Matches(request with { SourceIp = IpAddress.Parse("10.0.0.1"), SourcePrincipal = Alice }));
        Assert.False(rule.Matches(request with { Headers = new TestHeaders { ["x"] = ["2"] } }));
        Assert.False(rule.Matches(request with { Headers = new TestHeaders { ["x"] = ["3"] } }));
    }

    public static TheoryData<string, Rule, Rule> Missing() => new(
        ("peer", From(new Source { Principals = ["*"] }), From(new Source { NotPrincipals = ["*"] })),
        ("namespace", From(new Source { Namespaces = ["*"] }), From(new Source { NotNamespaces = ["*"] })),
        ("account", From(new Source { ServiceAccounts = ["a"] }), From(new Source { NotServiceAccounts = ["a"] })),
        ("trust domain", From(new Source { TrustDomains = ["*"] }), From(new Source { NotTrustDomains = ["*"] })),
        ("token", From(new Source { RequestPrincipals = ["*"] }), From(new Source { NotRequestPrincipals = ["*"] })),
        ("claim", When("request.auth.claims[a]", "*"), WhenNot("request.auth.claims[a]", "*")),
        ("nested claim", When("request.auth.claims[a][b]", "*"), WhenNot("request.auth.claims[a][b]", "*")),
        ("header", When("request.headers[a]", "*"), WhenNot("request.headers[a]", "*")),
        ("server name", When("connection.sni", "*"), WhenNot("connection.sni", "*")),
        ("metadata", When("experimental.envoy.filters.x[a]", "*"), WhenNot("experimental.envoy.filters.x[a]", "*")),
        ("address", From(new Source { IpBlocks = ["0.0.0.0/0"] }), From(new Source { NotIpBlocks = ["0.0.0.0/0"] })),
        ("port", To(new Operation { Ports = ["80"] }), To(new Operation { NotPorts = ["80"] })));

    [Theory, MemberData(nameof(Missing))]
    public void S2_8_a_missing_attribute_matches_no_positive_field_and_every_negative_one(string attribute, Rule positive, Rule negative)
    {
        Assert.False(positive.Matches(default, PolicyAction.Allow), attribute);
        Assert.True(negative.Matches(default, PolicyAction.Allow), attribute);
    }
}
