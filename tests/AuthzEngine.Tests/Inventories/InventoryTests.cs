using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Inventories;

public sealed class InventoryTests
{
    private const string Id = "spiffe://td/ns/a/sa/b";

    private static readonly Workload Plain = new() { Namespace = "a", Labels = Labels("app", "x") };

    // another workload of the same identity; whether policies see both alike
    public static TheoryData<Workload, bool> Pairs() =>
    [
        new(Plain with { Labels = Labels("app", "x") }, true) { Label = "a second pod" },
        new(Plain with { ServiceAccount = "b" }, true) { Label = "service account: no policy selects by it" },
        new(Plain with { Namespace = "c" }, false) { Label = "namespace" },
        new(Plain with { Labels = Labels("app", "y") }, false) { Label = "value of a label" },
        new(Plain with { Labels = Labels("tier", "x") }, false) { Label = "key of a label" },
        new(Plain with { Labels = new Dictionary<string, string>() }, false) { Label = "fewer labels" },
        new(Plain with { Proxy = ProxyKind.Gateway }, false) { Label = "kind of proxy" },
        new(Plain with { Service = new("a", "s") }, false) { Label = "addressed service" },
    ];

    [Theory, MemberData(nameof(Pairs))]
    public void Identity_stands_for_a_workload_when_policies_see_all_of_its_workloads_alike(Workload other, bool alike)
    {
        var inventory = new Inventory([Entry(Plain), Entry(other)], ["a"], []);

        Assert.Equal(alike, inventory.ByPrincipal().ContainsKey(Id));
        Assert.Equal(alike ? [] : [Id], inventory.AmbiguousPrincipals());
    }

    [Fact]
    public void Labels_that_no_selector_names_tell_no_workloads_apart()
    {
        var inventory = new Inventory([Entry(Pod("v1")), Entry(Pod("v2"))], ["a"], []);

        Assert.Empty(inventory.ByPrincipal(new HashSet<string> { "version", "app" }));
        var found = inventory.ByPrincipal(new HashSet<string> { "app" })[Id];
        Assert.Equal(Labels("app", "x"), found.Labels);
    }

    [Fact]
    public void A_label_that_only_one_workload_has_counts_where_a_selector_names_it()
    {
        var inventory = new Inventory([Entry(Plain), Entry(Pod("v1"))], ["a"], []);

        Assert.Empty(inventory.ByPrincipal(new HashSet<string> { "version" }));
        Assert.Single(inventory.ByPrincipal(new HashSet<string> { "app" }));
    }

    private static Workload Pod(string version) =>
        Plain with { Labels = new Dictionary<string, string> { ["app"] = "x", ["version"] = version } };

    private static InventoryWorkload Entry(Workload workload) => new("w", workload, [Id], []);

    private static Dictionary<string, string> Labels(string key, string value) => new() { [key] = value };
}
