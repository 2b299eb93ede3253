using MeshCA.Consumers;
using MeshCA.TrustDistribution;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

/// <summary>istio-ca §6.7 item 6: a root signs nothing before every namespace has it.</summary>
public sealed class DistributedFleetTests
{
    private static readonly FleetReport Fleet = new()
    {
        MeasuredAt = default,
        TargetSequence = 4,
        Consumers = 2,
        ConsumersUpdated = 2,
        Holders = 1,
        HoldersUpdated = 1,
        HoldersOverdue = 0,
        LiveLeaves = 1,
        ByAuthority = new Dictionary<string, AuthorityLeaves>(),
        Laggards = [],
        LaggardCount = 0,
        IsComplete = true,
    };

    [Fact]
    public void Namespaces_are_consumers_and_those_that_lack_the_bundle_are_named()
    {
        var report = DistributedFleet.Join(Fleet, new(true, [new("home", true, 10, [new("locked", "Forbidden: no")]), new("far", true, 5, [])]));
        Assert.Equal((17, 16, 1, true), (report.Consumers, report.ConsumersUpdated, report.LaggardCount, report.IsComplete));
        Assert.Equal("namespace locked of cluster home: Forbidden: no", Assert.Single(report.Laggards).Subject);
        Assert.Equal(LaggardKind.Namespace, report.Laggards[0].Kind);
    }

    [Fact]
    public void Where_another_bundle_is_distributed_no_namespace_has_the_asked_one()
    {
        var report = DistributedFleet.Join(Fleet, new(false, [new("home", true, 10, [])]));
        Assert.Equal((12, 2), (report.Consumers, report.ConsumersUpdated));
    }

    [Fact]
    public void A_cluster_that_was_not_read_yet_keeps_the_measurement_incomplete() =>
        Assert.False(DistributedFleet.Join(Fleet, new(true, [new("home", false, 0, [])])).IsComplete);

    [Fact]
    public void The_names_are_bounded_and_the_count_is_not()
    {
        var many = Enumerable.Range(0, 1_000).Select(i => new NamespaceBehind($"ns-{i}", "not written yet")).ToList();
        var report = DistributedFleet.Join(Fleet, new(true, [new("home", true, 1_000, many)]));
        Assert.Equal((FleetReport.MaxLaggards, 1_000), (report.Laggards.Count, report.LaggardCount));
    }
}
