using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Policies;
using Xunit;

namespace MeshCA.Tests.Policies;

public sealed class WorkloadDirectoryTests
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private static readonly PolicySet Nothing = PolicySet.Compile(ResourceSet.Empty, new MeshSettings());

    [Fact]
    public void A_workload_is_found_by_its_identity_and_compiled_once()
    {
        var directory = Of(Entry("cart", new WorkloadPort(8080, RequestProtocol.Http)));

        Assert.True(directory.TryFind(Cart, out var first));
        Assert.True(directory.TryFind(Cart, out var second));
        Assert.Same(first, second);
        Assert.Equal("shop", first.Workload.Namespace);
    }

    [Fact]
    public void What_the_inventory_does_not_list_is_unknown() =>
        Assert.False(Of(Entry("cart")).TryFind("spiffe://cluster.local/ns/shop/sa/other", out _));

    [Fact]
    public void Of_workloads_that_policies_could_tell_apart_none_is_known() =>
        Assert.False(Of(Entry("cart"), Entry("basket")).TryFind(Cart, out _));

    [Fact]
    public void Ports_on_which_replicas_agree_are_known_and_others_are_not()
    {
        var directory = Of(
            Entry("cart", new(80, RequestProtocol.Http), new(90, RequestProtocol.Http)),
            Entry("cart", new(80, RequestProtocol.Http), new(90, RequestProtocol.Tcp), new(100, RequestProtocol.Tcp)));

        Assert.True(directory.TryFind(Cart, out var entry));
        Assert.Equal(
            new KeyValuePair<int, RequestProtocol>[] { new(80, RequestProtocol.Http), new(100, RequestProtocol.Tcp) }, entry.Ports.OrderBy(port => port.Key).ToArray());
    }

    private static WorkloadDirectory Of(params InventoryWorkload[] workloads) =>
        WorkloadDirectory.Of(Nothing, new Inventory(workloads, ["shop"], []));

    private static InventoryWorkload Entry(string app, params WorkloadPort[] ports) => new(
        app, new Workload { Namespace = "shop", Labels = new Dictionary<string, string> { ["app"] = app } }, [Cart], ports);
}
