using AuthzEngine.Analysis.Differences;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Differences;

public sealed class DecisionDifferencesTests
{
    private const int Most = 20_000;

    private static readonly Workload Shop = new() { Namespace = "shop" };

    // Two values of one field, which no request but one at a boundary tells apart.
    public static TheoryData<Rule, Rule> Fields() =>
    [
        new(Written.From(new Source { Principals = ["td/ns/a/sa/b"] }), Written.From(new Source { Principals = ["td/ns/a/sa/bx"] })),
        new(Written.From(new Source { Principals = ["td/ns/a/*"] }), Written.From(new Source { Principals = ["td/ns/a*"] })),
        new(Written.From(new Source { Principals = ["*/sa/b"] }), Written.From(new Source { Principals = ["*sa/b"] })),
        new(Written.From(new Source { Namespaces = ["a"] }), Written.From(new Source { Namespaces = ["a*"] })),
        new(Written.From(new Source { ServiceAccounts = ["a/b"] }), Written.From(new Source { ServiceAccounts = ["a/c"] })),
        new(Written.From(new Source { TrustDomains = ["td"] }), Written.From(new Source { TrustDomains = ["td*"] })),
        new(Written.From(new Source { NotPrincipals = ["*"] }), new Rule()),
        new(Written.From(new Source { IpBlocks = ["10.0.0.0/24"] }), Written.From(new Source { IpBlocks = ["10.0.0.0/23"] })),
        new(Written.From(new Source { IpBlocks = ["255.255.255.255"] }), Written.From(new Source { IpBlocks = ["255.255.255.254"] })),
        new(Written.From(new Source { IpBlocks = ["::/0"] }), Written.From(new Source { IpBlocks = ["::/1"] })),
        new(Written.From(new Source { RemoteIpBlocks = ["10.0.0.1"] }), Written.From(new Source { RemoteIpBlocks = ["10.0.0.2"] })),
        new(Written.From(new Source { RequestPrincipals = ["a/b"] }), Written.From(new Source { RequestPrincipals = ["a/*"] })),
        new(Written.To(new Operation { Ports = ["80"] }), Written.To(new Operation { Ports = ["80", "81"] })),
        new(Written.To(new Operation { Ports = ["65535"] }), Written.To(new Operation { Ports = ["0"] })),
        new(Written.To(new Operation { Hosts = ["a.example"] }), Written.To(new Operation { Hosts = ["*a.example"] })),
        new(Written.To(new Operation { Methods = ["GET"] }), Written.To(new Operation { Methods = ["GET", "PUT"] })),
        new(Written.To(new Operation { Paths = ["/a"] }), Written.To(new Operation { Paths = ["/a*"] })),
        new(Written.To(new Operation { Paths = ["/a/{*}"] }), Written.To(new Operation { Paths = ["/a/{**}"] })),
        new(Written.To(new Operation { NotPaths = ["/a"] }), Written.To(new Operation { NotPaths = ["/b"] })),
        new(Written.When("destination.ip", "10.0.0.1"), Written.When("destination.ip", "10.0.0.2")),
        new(Written.When("connection.sni", "a"), Written.When("connection.sni", "b")),
        new(Written.When("request.headers[x]", "a"), Written.When("request.headers[x]", "*")),
        new(Written.When("request.headers[:path]", "/a?b"), Written.When("request.headers[:path]", "/a?*")),
        new(Written.When("request.auth.claims[a][b]", "c"), Written.When("request.auth.claims[a][c]", "c")),
        new(Written.When("experimental.envoy.filters.f[k]", "[v]"), Written.When("experimental.envoy.filters.f[k]", "v")),
    ];

    [Theory, MemberData(nameof(Fields))]
    public void A_changed_field_is_found_in_either_action_and_direction(Rule one, Rule other)
    {
        Assert.NotEmpty(Search([Written.Allow(one)], [Written.Allow(other)]).Differences);
        Assert.NotEmpty(Search([Written.Allow(other)], [Written.Allow(one)]).Differences);
        Assert.NotEmpty(Search([Written.Deny(one)], [Written.Deny(other)]).Differences);
    }

    [Theory, MemberData(nameof(Fields))]
    public void Equal_policies_decide_alike(Rule one, Rule other) =>
        Assert.Empty(Search([Written.Allow(one), Other(Written.Deny(other))], [Written.Allow(one), Other(Written.Deny(other))]).Differences);

    [Theory, MemberData(nameof(Fields))]
    public void An_added_deny_policy_is_found_behind_an_allow_policy_that_wants_more(Rule one, Rule other)
    {
        var allow = Written.Allow(Written.To(new Operation { Methods = ["GET"], Hosts = ["h.example"] }), one);

        Assert.Contains(
            Search([allow], [allow, Other(Written.Deny(one, other))]).Differences,
            difference => difference is { Before.Verdict: Verdict.Allow, After.Verdict: Verdict.Deny });
    }

    [Fact]
    public void An_exact_path_within_a_changed_prefix_is_found()
    {
        var allow = Written.Allow(Written.To(new Operation { Paths = ["/api/admin/users"] }));

        Assert.Contains(
            Search([allow], [allow, Other(Written.Deny(Written.To(new Operation { Paths = ["/api/admin*"] })))]).Differences,
            difference => difference is { Before.Verdict: Verdict.Allow, After.Verdict: Verdict.Deny, Example.Path: "/api/admin/users" });
    }

    [Fact]
    public void Stricter_mutual_tls_is_found()
    {
        var difference = Search([], [Written.Peers() with { Mode = MutualTlsMode.Strict }]).Differences[0];

        Assert.Null(difference.Example.Peer);
        Assert.Equal(DecisionReason.PlaintextRefused, difference.After.Reason);
    }

    [Fact]
    public void A_port_of_its_own_mode_is_found()
    {
        var permissive = Written.Peers(Written.Labels("app", "api")) with { PortLevelModes = new Dictionary<string, MutualTlsMode>() };
        var strict = permissive with { PortLevelModes = new Dictionary<string, MutualTlsMode> { ["8443"] = MutualTlsMode.Strict } };

        Assert.Equal(8443, Search([permissive], [strict], Shop with { Labels = Written.Labels("app", "api").MatchLabels }).Differences[0].Example.Port);
    }

    [Fact]
    public void Another_provider_to_ask_is_a_difference()
    {
        var mesh = new MeshSettings { ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc)] };
        var custom = Written.Policy(PolicyAction.Custom, Written.To(new Operation { Paths = ["/a"] }));
        var found = DecisionDifferences.Search(
            PolicySet.Compile(new([], []), mesh), PolicySet.Compile(new([custom], []), mesh), new HashSet<ResourceId> { custom.Id }, [Shop], Most);

        Assert.Contains(found.Differences, difference => difference.After.ProvidersToAsk is not null && difference.Example.Path == "/a");
    }

    [Fact]
    public void What_is_opened_comes_first()
    {
        var found = Search(
            [Written.Allow(Written.To(new Operation { Paths = ["/a"] }))], [Written.Allow(Written.To(new Operation { Paths = ["/b"] }))]).Differences;

        Assert.True(found[0].Opens);
        Assert.False(found[^1].Opens);
    }

    [Fact]
    public void The_search_ends_at_its_limit_and_says_so()
    {
        var rules = Enumerable.Range(0, 100).Select(number => Written.To(new Operation { Paths = [$"/{number}"] })).ToArray();
        var found = DecisionDifferences.Search(
            Compile([Written.Allow(rules)]), Compile([Written.Deny(rules)]), new HashSet<ResourceId> { Written.Allow().Id }, [Shop], mostProbes: 50);

        Assert.True(found.IsCut);
        Assert.Equal(100, found.Probes); // of either protocol
    }

    private static AuthorizationPolicy Other(AuthorizationPolicy policy) =>
        policy with { Id = Written.Id(ResourceKind.AuthorizationPolicy, "other") };

    private static PolicySet Compile(IReadOnlyList<PolicyResource> resources) => PolicySet.Compile(new(resources, []), new());

    private static ProbedDifferences Search(PolicyResource[] before, PolicyResource[] after, Workload? workload = null) => DecisionDifferences.Search(
        Compile(before),
        Compile(after),
        ResourceDifferences.Between(before, after).Select(difference => difference.Id).ToHashSet(),
        [workload ?? Shop],
        Most);
}
