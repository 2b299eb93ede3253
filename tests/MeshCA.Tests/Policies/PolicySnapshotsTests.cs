using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using MeshCA.Policies;
using Xunit;

namespace MeshCA.Tests.Policies;

public sealed class PolicySnapshotsTests
{
    private static readonly PolicySet Nothing = PolicySet.Compile(ResourceSet.Empty, new MeshSettings());

    private readonly PolicySnapshots _snapshots = new();

    [Fact]
    public void Nothing_is_in_force_at_first() => Assert.Null(_snapshots.Current);

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public async Task Whoever_waits_for_a_revision_gets_it_or_a_later_one(long published)
    {
        _snapshots.Publish(Snapshot(5));
        var waiting = _snapshots.WaitForAsync(6, TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        _snapshots.Publish(Snapshot(published));

        Assert.Equal(published, (await waiting).Revision);
    }

    [Fact]
    public async Task A_revision_that_is_in_force_is_returned_without_a_wait()
    {
        _snapshots.Publish(Snapshot(5));

        Assert.Equal(5, (await _snapshots.WaitForAsync(5, new CancellationToken(canceled: true))).Revision);
    }

    [Fact]
    public async Task A_revision_before_the_one_waited_for_does_not_end_the_wait()
    {
        var waiting = _snapshots.WaitForAsync(3, TestContext.Current.CancellationToken).AsTask();
        _snapshots.Publish(Snapshot(1));
        _snapshots.Publish(Snapshot(2));
        Assert.False(waiting.IsCompleted);
        _snapshots.Publish(Snapshot(3));

        Assert.Equal(3, (await waiting).Revision);
    }

    [Fact]
    public async Task A_wait_can_be_given_up()
    {
        using var source = new CancellationTokenSource();
        var waiting = _snapshots.WaitForAsync(1, source.Token).AsTask();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    public void Revisions_never_go_back(long revision)
    {
        _snapshots.Publish(Snapshot(5));

        Assert.Throws<ArgumentException>(() => _snapshots.Publish(Snapshot(revision)));
        Assert.Equal(5, _snapshots.Current!.Revision);
    }

    private static PolicySnapshot Snapshot(long revision) => new(
        revision, new(), AdmittedResources.None, Nothing, new WorkloadDirectory(Nothing, []), DateTimeOffset.UnixEpoch);
}
