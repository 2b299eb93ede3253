using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Compilation;

public sealed class PolicySetTests
{
    private static readonly Workload Cart = Workload("cart");

    // Namespace of the invalid resource, its selector, and whether it holds the workload `cart` of `shop` shut.
    [Theory]
    [InlineData("shop", null, true)]
    [InlineData("shop", "cart", true)]
    [InlineData("shop", "web", false)]
    [InlineData("istio-system", null, true)]
    [InlineData("istio-system", "web", false)]
    [InlineData("other", null, false)]
    public void An_invalid_resource_holds_the_workloads_shut_that_it_names(string @namespace, string? app, bool shut)
    {
        var id = new ResourceId(ResourceKind.RequestAuthentication, @namespace, "r");
        var quarantined = new QuarantinedResource(id, @namespace, app is null ? null : new(Labels(app)));
        var policies = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Allow, new Rule())], [quarantined]), new()).For(Cart);
        var decision = policies.Decide(default);
        Assert.Equal(shut, policies.IsQuarantined);
        Assert.Equal(shut ? DecisionReason.InvalidResource : DecisionReason.AllowRuleMatched, decision.Reason);
        Assert.Equal(shut ? id : Written.Policy(PolicyAction.Allow).Id, decision.Rule?.Policy);
    }

    public static TheoryData<PolicyTargetReference, Workload, bool> Targets() =>
    [
        new(ServiceTarget, Waypoint(new("shop", "web")), true) { Label = "the service" },
        new(ServiceTarget, Waypoint(new("shop", "other")), false) { Label = "another service" },
        new(ServiceTarget, Waypoint(new("other", "web")), false) { Label = "another namespace's" },
        new(ServiceTarget, Cart, false) { Label = "no proxy of the Gateway API" },
        new(new("gateway.networking.k8s.io", "Gateway", "edge", ""), Waypoint(null), true) { Label = "the gateway" },
        new(new("gateway.networking.k8s.io", "Gateway", "other", ""), Waypoint(null), false) { Label = "another gateway" },
    ];

    [Theory, MemberData(nameof(Targets))]
    public void An_invalid_resource_with_targets_holds_shut_what_they_mean(PolicyTargetReference target, Workload workload, bool shut)
    {
        var quarantined = new QuarantinedResource(Written.Id(ResourceKind.AuthorizationPolicy), "shop", null) { TargetReferences = [target] };
        Assert.Equal(shut, PolicySet.Compile(new ResourceSet([], [quarantined]), new()).For(workload).IsQuarantined);
    }

    public static TheoryData<ResourceSet, Workload, bool> Services()
    {
        var policy = Written.Deny(new Rule()) with { TargetRefs = [ServiceTarget] };
        var tokens = Written.Tokens(Written.Issuer) with { TargetRef = new("networking.istio.io", "ServiceEntry", "web", "") };
        var gateway = policy with { TargetRefs = [new("gateway.networking.k8s.io", "Gateway", "edge", "")] };
        var (held, heldElsewhere) = (new QuarantinedResource(null, "shop", null), new QuarantinedResource(null, "other", null));
        return
        [
            new(new([policy], []), Waypoint(null), true) { Label = "a policy" },
            new(new([tokens], []), Waypoint(null), true) { Label = "a RequestAuthentication" },
            new(new([policy], []), Waypoint(new("shop", "web")), false) { Label = "the service is known" },
            new(new([policy], []), Cart, false) { Label = "no waypoint" },
            new(new([policy], []), Waypoint(null) with { Labels = Labels("cart") }, false) { Label = "without the label no target applies" },
            new(new([gateway], []), Waypoint(null), false) { Label = "no service is targeted" },
            new(new([], [held with { TargetReferences = [ServiceTarget] }]), Waypoint(null), true) { Label = "held back, with a target" },
            new(new([], [heldElsewhere]), Waypoint(null), true) { Label = "held back where the service may be" },
            new(new([], [held]), Waypoint(null), false) { Label = "held back, whatever the service" },
        ];
    }

    [Theory, MemberData(nameof(Services))]
    public void At_a_waypoint_policies_on_services_hang_on_the_service_that_is_addressed(ResourceSet resources, Workload workload, bool hangs) =>
        Assert.Equal(hangs, PolicySet.Compile(resources, new()).For(workload).HangsOnService);

    private static PolicyTargetReference ServiceTarget { get; } = new("", "Service", "web", "");

    private static Workload Waypoint(AddressedService? service) => new()
    {
        Namespace = "shop",
        Labels = new Dictionary<string, string> { [Policies.Workload.GatewayNameLabel] = "edge" },
        Proxy = ProxyKind.Waypoint,
        Service = service,
    };

    [Fact]
    public void Workloads_to_which_the_same_policies_apply_share_their_rules()
    {
        var set = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Deny, Written.When("destination.port", "80"))], []), new());
        Assert.Same(set.For(Cart).HttpModels.Deny.Rules[0], set.For(Workload("web")).HttpModels.Deny.Rules[0]);
    }

    [Fact]
    public void Token_rules_of_all_resources_are_joined_by_issuer()
    {
        RequestAuthentication Tokens(string name, params string[] issuers) => new()
        {
            Id = new(ResourceKind.RequestAuthentication, "shop", name),
            JwtRules = [.. issuers.Select(issuer => new JwtRule { Issuer = issuer })],
        };
        var policies = PolicySet.Compile(new ResourceSet([Tokens("a", "c", "a"), Tokens("b", "b")], []), new()).For(Cart);
        Assert.Equal(["a", "b", "c"], policies.JwtRules.Select(rule => rule.Issuer));
    }

    [Fact]
    public void What_rules_and_modes_read_is_known_beforehand()
    {
        var strict = new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "shop", "p"), Mode = MutualTlsMode.Strict };
        var rule = Written.When("request.headers[x]", "y") with { To = [new RuleTo(new Operation { NotPorts = ["1"] })] };
        Assert.Equal(
            AttributeKinds.SourcePrincipal | AttributeKinds.Headers | AttributeKinds.DestinationPort,
            PolicySet.Compile(new ResourceSet([strict, Written.Policy(PolicyAction.Audit, rule)], []), new()).For(Cart).Reads);
        Assert.Equal(AttributeKinds.None, PolicySet.Compile(ResourceSet.Empty, new()).For(Cart).Reads);
    }

    [Fact]
    public void An_explanation_names_the_clause_that_failed_and_the_value_it_failed_on()
    {
        var rule = Written.To(new Operation { Methods = ["GET"], Paths = ["/a"] });
        var set = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Allow, rule)], []), new());
        var explained = set.For(Cart).Explain(new RequestAttributes { Method = "GET", Path = "/b?q" });
        var clauses = Assert.Single(Assert.Single(explained.Policies).Rules).Clauses;
        Assert.Equal(
            [("spec.rules[0].to[0].operation.methods", ClauseOutcome.Holds, "GET"), ("spec.rules[0].to[0].operation.paths", ClauseOutcome.Fails, "/b")],
            clauses.Select(clause => (clause.Field, clause.Outcome, Assert.Single(clause.Values))));
    }

    private static Workload Workload(string app) => new() { Namespace = "shop", Labels = Labels(app) };

    private static Dictionary<string, string> Labels(string app) => new() { ["app"] = app };
}
