using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §7.1: the mutual TLS mode in effect.</summary>
public sealed class MutualTlsSpecTests
{
    private const MutualTlsMode Unset = MutualTlsMode.Unset;
    private const MutualTlsMode Disable = MutualTlsMode.Disable;
    private const MutualTlsMode Permissive = MutualTlsMode.Permissive;
    private const MutualTlsMode Strict = MutualTlsMode.Strict;

    private static readonly Workload Cart = new() { Namespace = "shop", Labels = Labels("cart") };

    // Modes of the mesh, the namespace and the workload; null: no such policy.
    [Theory]
    [InlineData(null, null, null, Permissive)]
    [InlineData(Strict, null, null, Strict)]
    [InlineData(Unset, null, null, Permissive)]
    [InlineData(Strict, Disable, null, Disable)]
    [InlineData(Strict, Unset, null, Strict)]
    [InlineData(Strict, Disable, Permissive, Permissive)]
    [InlineData(Strict, Disable, Unset, Disable)]
    [InlineData(Strict, null, Unset, Strict)]
    [InlineData(null, null, Strict, Strict)]
    public void S7_1_the_nearest_policy_that_sets_a_mode_decides(
        MutualTlsMode? mesh, MutualTlsMode? @namespace, MutualTlsMode? workload, MutualTlsMode mode)
    {
        PeerAuthentication?[] policies =
        [
            mesh is { } m ? Policy("mesh", "istio-system", m) : null,
            @namespace is { } n ? Policy("namespace", "shop", n) : null,
            workload is { } w ? Policy("workload", "shop", w, app: "cart") : null,
        ];
        Assert.Equal(mode, Mode([.. policies.OfType<PeerAuthentication>()]));
    }

    [Fact]
    public void S7_1_the_policy_that_decides_is_named()
    {
        var mesh = Policy("mesh", "istio-system", Strict);
        var at = Effective([mesh, Policy("namespace", "shop", Unset)], Cart).At(80);
        Assert.Equal(new PortMutualTls(Strict, mesh.Id), at);
        Assert.Null(Effective([], Cart).At(80).Policy);
    }

    [Fact]
    public void S7_1_policies_of_other_namespaces_and_workloads_do_not_count() =>
        Assert.Equal(Permissive, Mode([Policy("a", "other", Strict), Policy("b", "shop", Strict, app: "other"), Policy("c", "other", Strict, app: "cart")]));

    [Fact]
    public void S7_1_no_policy_concerns_a_gateway()
    {
        // PeerAuthentication is for sidecars and ambient: a gateway's Gateway says what it asks of its clients.
        var gateway = Cart with { Proxy = ProxyKind.Gateway };
        PeerAuthentication[] policies = [Policy("mesh", "istio-system", Strict), Policy("workload", "shop", Disable, app: "cart")];
        Assert.Equal(PortMutualTls.ByDefault, Effective(policies, gateway).At(80));
        Assert.Equal(Disable, Effective(policies, Cart).At(80).Mode);
    }

    [Fact]
    public void S7_1_a_selector_in_the_root_namespace_is_ignored_also_for_workloads_of_it()
    {
        var policy = Policy("p", "istio-system", Strict, app: "cart");
        Assert.Equal(Permissive, Mode([policy]));
        Assert.Equal(Permissive, Effective([policy], Cart with { Namespace = "istio-system" }).At(null).Mode);
    }

    [Fact]
    public void S7_1_in_the_root_namespace_a_policy_without_selector_is_mesh_wide()
    {
        var root = Cart with { Namespace = "istio-system" };
        Assert.Equal(Strict, Effective([Policy("p", "istio-system", Strict)], root).At(null).Mode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("istio-system")]
    public void S7_1_in_each_class_only_the_oldest_counts_and_by_name_among_equals(string? root)
    {
        var @namespace = root ?? "shop";
        Assert.Equal(Strict, Mode([Policy("a", @namespace, Disable, age: 2), Policy("b", @namespace, Strict, age: 1)]));
        Assert.Equal(Strict, Mode([Policy("b", @namespace, Disable, age: 1), Policy("a", @namespace, Strict, age: 1)]));

        // Its UNSET hides the younger one too.
        Assert.Equal(Permissive, Mode([Policy("a", @namespace, Unset, age: 1), Policy("b", @namespace, Strict, age: 2)]));
    }

    [Fact]
    public void S7_1_of_the_policies_that_select_a_workload_only_the_oldest_counts() =>
        Assert.Equal(Disable, Mode([Policy("a", "shop", Strict, app: "cart", age: 2), Policy("b", "shop", Disable, app: "cart", age: 1)]));

    [Fact]
    public void S7_1_an_empty_selector_is_none() =>
        Assert.Equal(Strict, Mode([Policy("p", "istio-system", Strict) with { Selector = new WorkloadSelector(new Dictionary<string, string>()) }]));

    [Theory]
    [InlineData(8080, Disable)]
    [InlineData(9090, Strict)]
    [InlineData(7070, Strict)]
    [InlineData(null, Strict)]
    public void S7_1_a_port_has_its_own_mode_or_that_of_the_workload(int? port, MutualTlsMode mode)
    {
        var policy = Policy("p", "shop", Unset, app: "cart") with
        {
            PortLevelModes = new Dictionary<string, MutualTlsMode> { ["8080"] = Disable, ["9090"] = Unset, ["x"] = Disable },
        };
        Assert.Equal(mode, Effective([policy, Policy("mesh", "istio-system", Strict)], Cart).At(port).Mode);
    }

    [Fact]
    public void S7_1_modes_of_ports_count_only_where_a_selector_matches()
    {
        var ports = new Dictionary<string, MutualTlsMode> { ["8080"] = Disable };
        PeerAuthentication[] policies =
        [
            Policy("mesh", "istio-system", Strict) with { PortLevelModes = ports },
            Policy("namespace", "shop", Strict) with { PortLevelModes = ports },
            Policy("other", "shop", Strict, app: "other") with { PortLevelModes = ports },
        ];
        Assert.Equal(Strict, Effective(policies, Cart).At(8080).Mode);
    }

    [Fact]
    public void S7_1_ambient_takes_disable_for_permissive()
    {
        var policy = Policy("p", "shop", Disable, app: "cart") with
        {
            PortLevelModes = new Dictionary<string, MutualTlsMode> { ["8080"] = Disable, ["9090"] = Strict },
        };
        var waypoint = Effective([policy], Cart with { Proxy = ProxyKind.Waypoint });
        Assert.Equal([Permissive, Permissive, Strict], new int?[] { null, 8080, 9090 }.Select(port => waypoint.At(port).Mode));
    }

    private static MutualTlsMode Mode(PeerAuthentication[] policies) => Effective(policies, Cart).At(null).Mode;

    private static EffectiveMutualTls Effective(PeerAuthentication[] policies, Workload workload) =>
        new PeerAuthenticationModes(policies, new MeshSettings()).For(workload);

    private static PeerAuthentication Policy(string name, string @namespace, MutualTlsMode mode, string? app = null, int age = 0) => new()
    {
        Id = new ResourceId(ResourceKind.PeerAuthentication, @namespace, name),
        Selector = app is null ? null : new WorkloadSelector(Labels(app)),
        Mode = mode,
        CreationTimestamp = DateTimeOffset.UnixEpoch.AddSeconds(age),
    };

    private static Dictionary<string, string> Labels(string app) => new() { ["app"] = app };
}
