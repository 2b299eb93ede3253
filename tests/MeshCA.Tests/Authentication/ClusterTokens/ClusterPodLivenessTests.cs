using MeshCA.Authentication.ClusterTokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

public sealed class ClusterPodLivenessTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TestCluster _cluster;
    private readonly ClusterPodLiveness _liveness;

    public ClusterPodLivenessTests()
    {
        _cluster = new(_clock);
        _liveness = new(_cluster.Directory, _clock);
    }

    private DateTimeOffset LongAgo => _clock.GetUtcNow() - TimeSpan.FromHours(1);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_pod_that_runs_is_not_gone() => Assert.False(_liveness.IsGone("main", TestCluster.PodUid, LongAgo));

    [Fact]
    public void A_pod_that_was_deleted_is_gone()
    {
        _cluster.RemovePod();
        Assert.True(_liveness.IsGone("main", TestCluster.PodUid, LongAgo));
    }

    [Theory]
    [InlineData("Succeeded", true), InlineData("Failed", true), InlineData("Pending", false), InlineData("Unknown", false)]
    public void A_pod_that_has_ended_is_gone(string phase, bool gone)
    {
        _cluster.Add(TestCluster.Pod(phase: phase));
        Assert.Equal(gone, _liveness.IsGone("main", TestCluster.PodUid, LongAgo));
    }

    [Fact]
    public void A_pod_younger_than_the_copy_may_be_missing_from_it() => Assert.False(_liveness.IsGone("main", "new", _clock.GetUtcNow()));

    [Fact]
    public void Of_a_copy_that_is_not_kept_up_nobody_can_tell()
    {
        _cluster.RemovePod();
        _clock.Advance(_cluster.Settings.MaxCopyAge + TimeSpan.FromSeconds(1));
        Assert.False(_liveness.IsGone("main", TestCluster.PodUid, LongAgo));
        _cluster.Pods.LastContact = _cluster.Accounts.LastContact = _clock.GetUtcNow();
        Assert.True(_liveness.IsGone("main", TestCluster.PodUid, LongAgo));
        _cluster.Pods.HasSynced = false;
        Assert.False(_liveness.IsGone("main", TestCluster.PodUid, LongAgo));
    }

    [Fact]
    public void Of_another_cluster_nobody_can_tell() => Assert.False(_liveness.IsGone("vm", TestCluster.PodUid, LongAgo));
}
