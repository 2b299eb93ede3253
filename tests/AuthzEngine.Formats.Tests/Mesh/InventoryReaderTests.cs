using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Mesh;

public sealed class InventoryReaderTests
{
    public static TheoryData<string> Cases() => [.. GoldenFile.Cases("inventory")];

    [Theory, MemberData(nameof(Cases))]
    public void Inventory_reads_as_its_golden_file_says(string name)
    {
        var bytes = GoldenFile.Bytes("inventory", name);
        var read = InventoryReader.Read(name + ".yaml", bytes, "cluster.local", new YamlLimits());
        GoldenFile.Matches("inventory", name, Dump.Of(read));
    }

    [Fact]
    public void An_identity_of_workloads_that_policies_tell_apart_stands_for_none_of_them()
    {
        var inventory = InventoryReader
            .Read("full.yaml", GoldenFile.Bytes("inventory", "full"), "cluster.local", new YamlLimits()).Value;

        Assert.Equal(["spiffe://cluster.local/ns/shop/sa/default"], inventory!.AmbiguousPrincipals());
        Assert.Equal(
            [
                "spiffe://cluster.local/ns/shop/sa/cart", "spiffe://cluster.local/ns/shop/sa/waypoint",
                "spiffe://other.org/ns/edge/sa/gw",
            ],
            inventory.ByPrincipal().Keys.Order(StringComparer.Ordinal));
    }
}
