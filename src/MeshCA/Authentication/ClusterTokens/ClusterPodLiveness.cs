using MeshCA.Registration;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>What the copies of the clusters' pods tell of pods.</summary>
internal sealed class ClusterPodLiveness(ClusterTokenDirectory clusters, TimeProvider clock) : IPodLiveness
{
    /// <inheritdoc />
    public bool IsGone(string cluster, string podUid, DateTimeOffset seenAt) =>
        clusters.Get(cluster)?.Liveness.IsGone(podUid, seenAt, clock.GetUtcNow()) == true;
}
