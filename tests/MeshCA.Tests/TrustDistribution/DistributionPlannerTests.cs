using FsCheck;
using FsCheck.Fluent;
using KubernetesClient.Models;
using MeshCA.TrustDistribution;
using Xunit;
using static MeshCA.Tests.TrustDistribution.DistributionSamples;

namespace MeshCA.Tests.TrustDistribution;

/// <summary>istio-ca §4.7 and appendix B item 11.</summary>
public sealed class DistributionPlannerTests
{
    public static TheoryData<string, bool> Namespaces() =>
    [
        new("default", true) { Label = "any" },
        new("kube-system", true) { Label = "kube-system too" },
        new("kube-public", false) { Label = "readable by everybody" },
        new("kube-node-lease", false) { Label = "leases only" },
        new("local-path-storage", false) { Label = "kind's own" },
        new("left-out", false) { Label = "by setting" },
    ];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void Every_namespace_but_the_named_ones_gets_it(string name, bool covered) =>
        Assert.Equal(covered ? 2 : 0, Plan(Namespace(name), new DistributionScope(["left-out"], [])).Count);

    [Fact]
    public void A_namespace_that_ends_gets_nothing()
    {
        Assert.Empty(Plan(Namespace("shop") with { Status = new() { Phase = "Terminating" } }));
        Assert.Empty(Plan(Namespace("shop") with { Metadata = new() { Name = "shop", DeletionTimestamp = DateTimeOffset.UnixEpoch } }));
        Assert.Empty(Plan(null));
    }

    [Fact]
    public void Only_selected_namespaces_get_it_where_selectors_are_set()
    {
        Assert.True(LabelSelector.TryParse("mesh=on", out var one));
        Assert.True(LabelSelector.TryParse("team in (pay)", out var other));
        var scope = new DistributionScope([], [one, other]);
        Assert.Empty(Plan(Namespace("shop"), scope));
        Assert.NotEmpty(Plan(Namespace("shop", ("mesh", "on")), scope));
        Assert.NotEmpty(Plan(Namespace("shop", ("team", "pay")), scope));
    }

    [Fact]
    public void What_holds_is_left_alone_with_whatever_else_is_in_it()
    {
        var map = Written("shop", Roots) with { Data = new Dictionary<string, string> { [Roots.Key] = Roots.Text, ["more"] = "of somebody" } };
        Assert.Equal([Revoked], Plan(Namespace("shop"), present: map));
    }

    public static TheoryData<string> Edits() => ["text", "key", "label", "no labels", "no data", "deleting"];

    [Theory]
    [MemberData(nameof(Edits))]
    public void What_was_edited_is_written_again(string edit)
    {
        var map = Written("shop", Roots);
        map = edit switch
        {
            "text" => map with { Data = new Dictionary<string, string> { [Roots.Key] = Roots.Text + " " } },
            "key" => map with { Data = new Dictionary<string, string> { ["other"] = Roots.Text } },
            "label" => map with { Metadata = map.Metadata with { Labels = new Dictionary<string, string> { ["istio.io/config"] = "false" } } },
            "no labels" => map with { Metadata = map.Metadata with { Labels = null } },
            "no data" => map with { Data = null },
            _ => map with { Metadata = map.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } },
        };
        Assert.Equal([Roots, Revoked], Plan(Namespace("shop"), present: map));
    }

    [Fact]
    public void What_was_planned_and_written_is_not_planned_again() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((roots, revoked) =>
        {
            var content = new DistributedContent(1, [Roots with { Text = roots.Get }, Revoked with { Text = revoked.Get }], roots.Get);
            var written = DistributionPlanner.Plan(Namespace("shop"), Everything, content, _ => null).ToDictionary(map => map.Name, map => DistributionPlanner.Body("shop", map));
            return DistributionPlanner.Plan(Namespace("shop"), Everything, content, name => written.GetValueOrDefault(name)).Count == 0;
        }).QuickCheckThrowOnFailure();

    private static IReadOnlyList<DistributedMap> Plan(V1Namespace? ns, DistributionScope? scope = null, V1ConfigMap? present = null) =>
        DistributionPlanner.Plan(ns, scope ?? Everything, Content, name => present?.Metadata.Name == name ? present : null);
}
