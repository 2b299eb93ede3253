using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §1.5: which policies apply to a workload.</summary>
public sealed class AttachmentSpecTests
{
    private const string GatewayApi = "gateway.networking.k8s.io";

    private static readonly MeshSettings Settings = new();

    private static readonly Workload Sidecar = new() { Namespace = "shop", Labels = Labels("app=cart,env=prod") };

    private static readonly Workload ClassicGateway = new() { Namespace = "shop", Labels = Labels("app=cart"), Proxy = ProxyKind.Gateway };

    private static readonly Workload Gateway = new()
    {
        Namespace = "shop",
        Labels = Labels($"app=cart,{Workload.GatewayNameLabel}=front"),
        Proxy = ProxyKind.Gateway,
    };

    private static readonly Workload Waypoint = Gateway with
    {
        Proxy = ProxyKind.Waypoint,
        Service = new AddressedService("data", "orders"),
    };

    [Theory]
    [InlineData("shop", null, true)]
    [InlineData("shop", "", true)]
    [InlineData("shop", "app=cart", true)]
    [InlineData("shop", "app=cart,env=prod", true)]
    [InlineData("shop", "app=cart,env=test", false)]
    [InlineData("shop", "app=cart,tier=web", false)]
    [InlineData("shop", "app=Cart", false)]
    [InlineData("shop", "APP=cart", false)]
    [InlineData("istio-system", null, true)]
    [InlineData("istio-system", "app=cart", true)]
    [InlineData("istio-system", "app=other", false)]
    [InlineData("other", null, false)]
    [InlineData("other", "app=cart", false)]
    public void S1_5_a_selector_is_a_subset_of_the_labels_in_the_own_or_the_root_namespace(
        string @namespace, string? selector, bool applies) =>
        Assert.Equal(applies, Applies(Policy("p", @namespace, selector), Sidecar));

    [Fact]
    public void S1_5_the_root_namespace_is_a_setting() =>
        Assert.Equal(
            ["mesh"],
            Names([Policy("mesh", "root", null), Policy("no", "istio-system", null)], Sidecar, Settings with { RootNamespace = "root" }));

    [Theory]
    [InlineData(null)]
    [InlineData("app=cart")]
    public void S1_5_without_the_gateway_label_a_policy_with_target_references_never_applies(string? selector)
    {
        var policy = Policy("p", "shop", selector) with { TargetRefs = [new(GatewayApi, "Gateway", "front", "")] };
        Assert.False(Applies(policy, Sidecar));
        Assert.False(Applies(policy, ClassicGateway));
    }

    [Fact]
    public void S1_5_a_classic_gateway_goes_by_selector() =>
        Assert.True(Applies(Policy("p", "shop", "app=cart"), ClassicGateway));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void S1_5_selectors_reach_gateways_of_the_gateway_api_by_a_setting(bool setting, bool applies)
    {
        var settings = Settings with { SelectorBasedGatewayPolicy = setting };
        Assert.Equal(applies, Applies(Policy("p", "shop", "app=cart"), Gateway, settings));
        Assert.Equal(applies, Applies(Policy("p", "istio-system", null), Gateway, settings));
        Assert.True(Applies(Policy("p", "shop", "app=cart"), Sidecar, settings));
    }

    [Theory]
    [InlineData("shop", null)]
    [InlineData("shop", "app=cart")]
    [InlineData("istio-system", null)]
    [InlineData("data", null)]
    public void S1_5_waypoints_never_go_by_selector(string @namespace, string? selector) =>
        Assert.False(Applies(Policy("p", @namespace, selector), Waypoint));

    [Theory]
    [InlineData("Gateway of this name", "shop", GatewayApi, "Gateway", "front", "", true)]
    [InlineData("its namespace said", "shop", GatewayApi, "Gateway", "front", "shop", true)]
    [InlineData("another namespace said", "shop", GatewayApi, "Gateway", "front", "data", false)]
    [InlineData("from another namespace", "data", GatewayApi, "Gateway", "front", "shop", false)]
    [InlineData("from the root namespace", "istio-system", GatewayApi, "Gateway", "front", "", false)]
    [InlineData("another name", "shop", GatewayApi, "Gateway", "back", "", false)]
    [InlineData("another group", "shop", "networking.istio.io", "Gateway", "front", "", false)]
    [InlineData("another kind", "shop", GatewayApi, "HTTPRoute", "front", "", false)]
    public void S1_5_a_gateway_reference_means_the_gateway_of_the_policys_namespace(
        string row, string @namespace, string group, string kind, string name, string referred, bool applies)
    {
        var policy = Policy(row, @namespace, null) with { TargetRefs = [new(group, kind, name, referred)] };
        Assert.Equal(applies, Applies(policy, Gateway));
        Assert.Equal(applies, Applies(policy, Waypoint));
    }

    [Theory]
    [InlineData("core service", "data", "", "Service", "orders", ServiceRegistry.Kubernetes, true)]
    [InlineData("group spelled out", "data", "core", "Service", "orders", ServiceRegistry.Kubernetes, true)]
    [InlineData("another name", "data", "", "Service", "carts", ServiceRegistry.Kubernetes, false)]
    [InlineData("policy beside the waypoint", "shop", "", "Service", "orders", ServiceRegistry.Kubernetes, false)]
    [InlineData("policy in the root namespace", "istio-system", "", "Service", "orders", ServiceRegistry.Kubernetes, false)]
    [InlineData("external service", "data", "", "Service", "orders", ServiceRegistry.External, false)]
    [InlineData("entry", "data", "networking.istio.io", "ServiceEntry", "orders", ServiceRegistry.External, true)]
    [InlineData("entry of another name", "data", "networking.istio.io", "ServiceEntry", "carts", ServiceRegistry.External, false)]
    [InlineData("entry, Kubernetes service", "data", "networking.istio.io", "ServiceEntry", "orders", ServiceRegistry.Kubernetes, false)]
    [InlineData("entry of another group", "data", "", "ServiceEntry", "orders", ServiceRegistry.External, false)]
    public void S1_5_a_service_reference_means_the_service_that_the_waypoint_is_asked_for(
        string row, string @namespace, string group, string kind, string name, ServiceRegistry registry, bool applies)
    {
        var policy = Policy(row, @namespace, null) with { TargetRefs = [new(group, kind, name, "")] };
        Assert.Equal(applies, Applies(policy, Waypoint with { Service = new AddressedService("data", "orders", registry) }));
        Assert.False(Applies(policy, Waypoint with { Service = null }));
        Assert.False(Applies(policy, Gateway with { Service = new AddressedService("data", "orders", registry) }));
    }

    [Theory]
    [InlineData("istio-system", "istio-waypoint", true)]
    [InlineData("istio-system", "istio", false)]
    [InlineData("shop", "istio-waypoint", false)]
    public void S1_5_the_class_of_waypoints_is_referred_to_from_the_root_namespace(string @namespace, string name, bool applies)
    {
        var policy = Policy("p", @namespace, null) with { TargetRefs = [new(GatewayApi, "GatewayClass", name, "")] };
        Assert.Equal(applies, Applies(policy, Waypoint));
        Assert.False(Applies(policy, Gateway));
    }

    [Fact]
    public void S1_5_one_matching_reference_is_enough_and_the_selector_is_ignored()
    {
        PolicyTargetReference[] references = [new(GatewayApi, "Gateway", "back", ""), new(GatewayApi, "Gateway", "front", ""), new("", "Service", "orders", "")];
        Assert.True(Applies(Policy("p", "shop", "app=other") with { TargetRefs = references }, Gateway));
    }

    [Fact]
    public void S1_5_a_policy_found_by_two_references_applies_once()
    {
        var policy = Policy("p", "shop", null) with
        {
            TargetRefs = [new(GatewayApi, "Gateway", "front", ""), new("", "Service", "orders", "")],
        };
        Assert.Equal(["p"], Names([policy], Waypoint with { Service = new AddressedService("shop", "orders") }));
    }

    [Fact]
    public void S1_1_the_legacy_reference_counts_where_the_list_is_empty()
    {
        var legacy = Policy("p", "shop", null) with { TargetRef = new(GatewayApi, "Gateway", "front", "") };
        Assert.True(Applies(legacy, Gateway));
        Assert.False(Applies(legacy, Sidecar));
        Assert.False(Applies(legacy with { TargetRefs = [new(GatewayApi, "Gateway", "back", "")] }, Gateway));
    }

    [Fact]
    public void S1_5_the_oldest_comes_first_then_by_name_and_by_namespace_in_the_order_root_own_service()
    {
        PolicyTargetReference[] own = [new(GatewayApi, "Gateway", "front", "")];
        PolicyTargetReference[] service = [new("", "Service", "orders", "")];
        PolicyTargetReference[] mesh = [new(GatewayApi, "GatewayClass", "istio-waypoint", "")];
        AuthorizationPolicy[] policies =
        [
            Policy("s", "data", null, 1) with { TargetRefs = service },
            Policy("b", "shop", null, 2) with { TargetRefs = own },
            Policy("a", "shop", null, 2) with { TargetRefs = own },
            Policy("z", "shop", null, 1) with { TargetRefs = own },
            Policy("y", "shop", null) with { TargetRefs = own },
            Policy("m", "istio-system", null, 9) with { TargetRefs = mesh },
        ];
        Assert.Equal(["m", "y", "z", "a", "b", "s"], Names(policies, Waypoint));
    }

    [Fact]
    public void S1_5_request_authentications_of_the_own_namespace_come_before_those_of_the_root()
    {
        RequestAuthentication[] policies = [Token("root", "istio-system"), Token("own", "shop"), Token("other", "data")];
        Assert.Equal(
            ["own", "root"],
            Attachment.OfRequestAuthentications(policies, Settings).For(Sidecar).Select(policy => policy.Id.Name));
    }

    [Fact]
    public void S1_5_request_authentications_attach_by_reference_too()
    {
        var attached = Token("p", "shop") with { TargetRefs = [new(GatewayApi, "Gateway", "front", "")] };
        var attachment = Attachment.OfRequestAuthentications([attached], Settings);
        Assert.Equal([attached], attachment.For(Gateway));
        Assert.Empty(attachment.For(Sidecar));
    }

    [Fact]
    public void S1_5_the_namespace_of_a_service_only_counts_at_a_waypoint() =>
        Assert.Empty(Names([Policy("p", "data", null)], Sidecar with { Service = new AddressedService("data", "orders") }));

    [Fact]
    public void S1_5_a_workload_in_the_root_namespace_meets_each_policy_once() =>
        Assert.Equal(["p"], Names([Policy("p", "istio-system", null)], Sidecar with { Namespace = "istio-system" }));

    public static TheoryData<AuthorizationPolicy, Workload, string> Reasons()
    {
        var target = new PolicyTargetReference(GatewayApi, "Gateway", "back", "");
        var service = Policy("p", "shop", null) with { TargetRefs = [new("", "Service", "orders", "")] };
        return
        [
            new(Policy("p", "other", null), Sidecar, "policies of namespace `other` reach that one only"),
            new(Policy("p", "shop", "app=cart,env=test"), Sidecar, "its selector wants the label `env` to be `test`, and the workload has `prod`"),
            new(Policy("p", "istio-system", "tier=web"), Sidecar, "its selector wants the label `tier` to be `web`, and the workload has no such label"),
            new(service, Sidecar, $"it has targetRefs, which reach no proxy without the label `{Workload.GatewayNameLabel}`"),
            new(Policy("p", "shop", null) with { TargetRefs = [target] }, Gateway, "none of its targetRefs means the workload"),
            new(service, Waypoint, "none of its targetRefs means the workload"),
            new(service, Waypoint with { Service = null }, "its targetRefs name services, and the one that the request addresses is not said"),
            new(Policy("p", "shop", null), Waypoint, "it has no targetRefs, and a waypoint uses no other policies"),
        ];
    }

    [Theory, MemberData(nameof(Reasons))]
    public void S1_5_a_policy_that_does_not_apply_says_why(AuthorizationPolicy policy, Workload workload, string reason)
    {
        var applies = Policy("applies", "shop", null) with { TargetRefs = [new(GatewayApi, "Gateway", "front", "")] };
        var set = PolicySet.Compile(new([policy, workload.Labels.ContainsKey(Workload.GatewayNameLabel) ? applies : Policy("applies", "shop", null)], []), Settings);
        var unattached = Assert.Single(set.NotApplyingTo(workload));
        Assert.Equal((policy.Id, policy.Action, reason), (unattached.Policy, unattached.Action, unattached.Reason));
        Assert.Equal(policy.Id.Namespace != "other", unattached.IsInReach);
    }

    [Fact]
    public void S1_5_selectors_that_reach_no_gateway_say_so() => Assert.Equal(
        "it has no targetRefs, and selectors do not reach gateways of the Gateway API here",
        Assert.Single(PolicySet.Compile(new([Policy("p", "shop", "app=other")], []), Settings with { SelectorBasedGatewayPolicy = false })
            .NotApplyingTo(Gateway)).Reason);

    private static bool Applies(AuthorizationPolicy policy, Workload workload, MeshSettings? settings = null) =>
        Names([policy], workload, settings).Any();

    private static IEnumerable<string> Names(
        AuthorizationPolicy[] policies, Workload workload, MeshSettings? settings = null) =>
        Attachment.OfAuthorizationPolicies(policies, policy => policy, settings ?? Settings).For(workload)
            .Select(policy => policy.Id.Name);

    private static AuthorizationPolicy Policy(string name, string @namespace, string? selector, int? age = null) => new()
    {
        Id = new ResourceId(ResourceKind.AuthorizationPolicy, @namespace, name),
        Selector = selector is null ? null : new WorkloadSelector(Labels(selector)),
        CreationTimestamp = age is { } seconds ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null,
    };

    private static RequestAuthentication Token(string name, string @namespace) =>
        new() { Id = new ResourceId(ResourceKind.RequestAuthentication, @namespace, name) };

    private static Dictionary<string, string> Labels(string pairs) => pairs
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('='))
        .ToDictionary(pair => pair[0], pair => pair[1]);
}
