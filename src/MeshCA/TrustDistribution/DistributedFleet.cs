using MeshCA.Consumers;

namespace MeshCA.TrustDistribution;

/// <summary>The fleet with the namespaces of all clusters: each is a consumer of the trust bundle like any other.</summary>
/// <remarks>
/// So a root signs nothing, and istiod's certificate is not made under it, before every namespace has it (istio-ca §6.7 item 6).
/// A namespace that cannot be written holds a rotation up, by name, until it is excluded or the step is forced.
/// </remarks>
internal sealed class DistributedFleet(IFleetSource inner, Func<long, DistributionStanding> measure) : IFleetSource
{
    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken) =>
        Join(await inner.MeasureAsync(targetSequence, cancellationToken), measure(targetSequence));

    /// <inheritdoc />
    /// <remarks>Config maps have certificates in them, and no JWT keys.</remarks>
    public ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken) =>
        inner.MeasureConsumersAsync(targetSequence, cancellationToken);

    /// <summary>Joins both measurements; pure.</summary>
    public static FleetReport Join(FleetReport report, DistributionStanding standing)
    {
        var all = standing.Clusters.Sum(cluster => cluster.Namespaces);
        var behind = standing.HasTarget ? standing.Clusters.Sum(cluster => cluster.Behind.Count) : all;
        var named = standing.Clusters.SelectMany(cluster => cluster.Behind.Select(ns => new Laggard(
            $"namespace {ns.Name} of cluster {cluster.Cluster}: {ns.Reason}", null, null, 0, null, LaggardKind.Namespace)));
        return report with
        {
            Consumers = report.Consumers + all,
            ConsumersUpdated = report.ConsumersUpdated + all - behind,
            LaggardCount = report.LaggardCount + behind,
            Laggards = [.. named.Concat(report.Laggards).Take(FleetReport.MaxLaggards)],
            IsComplete = report.IsComplete && standing.Clusters.All(cluster => cluster.IsKnown),
        };
    }
}

/// <summary>How far the trust bundle has come in all clusters.</summary>
/// <param name="HasTarget">Whether what is distributed is the bundle that was asked about, or a later one.</param>
/// <param name="Clusters">The clusters.</param>
internal sealed record DistributionStanding(bool HasTarget, IReadOnlyList<ClusterStanding> Clusters);
