using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using KubernetesClient.Models;
using MeshCA.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class WatchedWorkloadsTests
{
    private static readonly HashSet<string> App = ["app"];

    private readonly WatchedWorkloads _workloads = new();
    private int _changes;

    public WatchedWorkloadsTests() => _workloads.Changed += () => _changes++;

    [Fact]
    public void Replicas_are_one_workload_and_a_second_one_changes_nothing()
    {
        _workloads.Take(null, Samples.Pod("cart-1", "cart", ("app", "cart"), ("pod-template-hash", "1")));
        var one = Inventory();
        _workloads.Take(null, Samples.Pod("cart-2", "cart", ("app", "cart"), ("pod-template-hash", "2")));

        Assert.Same(one, Inventory());
        Assert.Equal(1, _changes);
        var workload = Assert.Single(one.Workloads);
        Assert.Equal(["spiffe://td/ns/shop/sa/cart"], workload.SpiffeIds);
        Assert.Equal("cart", workload.Name);
        Assert.Equal(2, _workloads.Pods);
    }

    [Fact]
    public void The_last_pod_of_a_shape_takes_its_workload_with_it()
    {
        var (first, second) = (Samples.Pod("cart-1", "cart"), Samples.Pod("cart-2", "cart"));
        _workloads.Take(null, first);
        _workloads.Take(null, second);
        _workloads.Take(first, null);
        Assert.Single(Inventory().Workloads);
        _workloads.Take(second, null);
        Assert.Empty(Inventory().Workloads);
        Assert.Equal(2, _changes);
    }

    [Theory]
    [InlineData("Succeeded")]
    [InlineData("Failed")]
    public void A_pod_that_ended_is_no_workload(string phase)
    {
        var pod = Samples.Pod("job-1", "job");
        _workloads.Take(null, pod);
        _workloads.Take(pod, pod with { Status = new() { Phase = phase } });
        Assert.Empty(Inventory().Workloads);
    }

    [Fact]
    public void A_change_of_a_label_is_another_workload()
    {
        var pod = Samples.Pod("cart-1", "cart", ("app", "cart"));
        _workloads.Take(null, pod);
        _workloads.Take(pod, Samples.Pod("cart-1", "cart", ("app", "basket")));
        Assert.Equal("basket", Assert.Single(Inventory().Workloads).Workload.Labels["app"]);
    }

    [Fact]
    public void A_label_that_a_controller_made_up_counts_once_a_selector_names_it()
    {
        _workloads.Take(null, Samples.Pod("db-0", "db", ("statefulset.kubernetes.io/pod-name", "db-0")));
        _workloads.Take(null, Samples.Pod("db-1", "db", ("statefulset.kubernetes.io/pod-name", "db-1")));
        Assert.Empty(Assert.Single(Inventory().Workloads).Workload.Labels);

        var seen = _workloads.Inventory("td", new HashSet<string> { "statefulset.kubernetes.io/pod-name" });
        Assert.Equal(2, seen.Workloads.Count);
        Assert.Empty(seen.ByPrincipal(new HashSet<string> { "statefulset.kubernetes.io/pod-name" }));
    }

    [Theory]
    [InlineData("istio.io-mesh-controller", ProxyKind.Waypoint)]
    [InlineData("istio.io-gateway-controller", ProxyKind.Gateway)]
    public void Gateways_and_waypoints_are_told_apart(string controller, ProxyKind proxy)
    {
        _workloads.Take(null, Samples.Pod("w-1", "w", (Workload.GatewayNameLabel, "w"), ("gateway.istio.io/managed", controller)));
        Assert.Equal(proxy, Assert.Single(Inventory().Workloads).Workload.Proxy);
    }

    [Fact]
    public void Ports_speak_what_services_say_and_are_http_where_nobody_says_anything()
    {
        _workloads.Take(null, Samples.Pod("cart-1", "cart", ("app", "cart")) with
        {
            Spec = new()
            {
                ServiceAccountName = "cart",
                Containers = [new() { Ports = [Port(8080, "web"), Port(5432, "db"), Port(9000, null)] }],
            },
        });
        _workloads.Take(null, new V1Service
        {
            Metadata = new() { Name = "cart", Namespace = "shop" },
            Spec = new()
            {
                Selector = new Dictionary<string, string> { ["app"] = "cart" },
                Ports =
                [
                    new() { Name = "http-web", Port = 80, TargetPort = new() { Name = "web" } },
                    new() { Name = "tcp-db", Port = 5432 },
                ],
            },
        });

        var inventory = Inventory();
        Assert.Equal(
            [new(5432, RequestProtocol.Tcp), new(8080, RequestProtocol.Http), new WorkloadPort(9000, RequestProtocol.Http)],
            Assert.Single(inventory.Workloads).Ports.OrderBy(port => port.Number));
        Assert.Equal([new AddressedService("shop", "cart")], inventory.Services);
    }

    [Fact]
    public void Namespaces_are_known_before_anything_runs_in_them()
    {
        _workloads.Take(null, Samples.Namespace("empty"));
        Assert.Equal(["empty"], Inventory().Namespaces);
        _workloads.Take(Samples.Namespace("empty"), null);
        Assert.Empty(Inventory().Namespaces);
    }

    [Fact]
    public void Another_trust_domain_is_another_inventory()
    {
        _workloads.Take(null, Samples.Pod("cart-1", "cart"));
        Assert.Equal(["spiffe://other/ns/shop/sa/cart"], Assert.Single(_workloads.Inventory("other", App).Workloads).SpiffeIds);
        Assert.Equal(["spiffe://td/ns/shop/sa/cart"], Assert.Single(Inventory().Workloads).SpiffeIds);
    }

    private Inventory Inventory() => _workloads.Inventory("td", App);

    private static V1ContainerPort Port(int number, string? name) => new() { ContainerPort = number, Name = name };
}
