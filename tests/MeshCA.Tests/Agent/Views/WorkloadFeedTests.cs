using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Views;

public sealed class WorkloadFeedTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private static readonly WorkloadPeer Peer = new(1, 1000, 1000);
    private static readonly RegistrationEntry Entry = SampleIdentities.Entry("web", Web);

    private readonly SampleIdentities _own = new();
    private readonly AgentStateStore _states = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly WorkloadFeed _feed;

    public WorkloadFeedTests() => _feed = new(_states, new FixedRegistrations(Entry), _clock, NullLogger<WorkloadFeed>.Instance);

    public void Dispose()
    {
        _feed.Dispose();
        _own.Dispose();
    }

    [Fact]
    public async Task A_new_state_replaces_the_snapshot_and_wakes_who_waits_for_it()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        var before = _feed.Current;
        Assert.Equal(WorkloadStanding.NotYet, before.For(Peer).Standing);

        Publish();
        await before.Replaced.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(WorkloadStanding.Ready, _feed.Current.For(Peer).Standing);
        Assert.Same(_feed.Current, _feed.Current);
        Assert.Same(_feed.Current.For(Peer), _feed.Current.For(new(9, 7, 7)));
        await _feed.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Bundles_that_do_not_fit_are_told_once_until_they_are_others()
    {
        using var log = new RecordingLogger();
        using var feed = new WorkloadFeed(_states, new FixedRegistrations(Entry), _clock, log.CreateLogger<WorkloadFeed>());
        TrustBundle[] large = [SampleIdentities.Large("a.example", FittingBundles.MaxX509), SampleIdentities.Large("b.example", FittingBundles.MaxX509)];
        Federate(large[0]);
        Publish(); // the same bundles
        Federate(large[0]);
        Federate(large);
        Federate();

        Assert.Equal(["a.example", "a.example, b.example"], log.Entries.Where(entry => entry.EventId == 9480).Select(entry => entry.Message.Split(": ")[^1]));

        void Federate(params TrustBundle[] bundles)
        {
            _states.Publish(state => state with { Federated = bundles.ToImmutableDictionary(bundle => bundle.TrustDomain) });
            Assert.Equal(bundles.Length, feed.Current.State.Federated.Count);
        }
    }

    [Fact]
    public async Task A_call_is_held_until_the_identity_is_there()
    {
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        var held = SettleAsync(TimeSpan.FromSeconds(10));
        Assert.False(held.IsCompleted);

        Publish();
        Assert.Equal(WorkloadStanding.Ready, (await held).For(Peer).Standing);
        await _feed.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task And_no_longer_than_it_may_be()
    {
        var held = SettleAsync(TimeSpan.FromSeconds(10));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(held.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(WorkloadStanding.NotYet, (await held).For(Peer).Standing);
        Assert.True(SettleAsync(TimeSpan.Zero).IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_is_not_held()
    {
        using var ended = new CancellationTokenSource();
        var held = _feed.SettleAsync(Peer, view => view.Standing, TimeSpan.FromSeconds(10), ended.Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
    }

    private Task<WorkloadSnapshot> SettleAsync(TimeSpan longest) =>
        _feed.SettleAsync(Peer, view => view.Standing, longest, TestContext.Current.CancellationToken);

    private void Publish()
    {
        var next = _own.State(1, _own.Hold(Entry, Web));
        _states.Publish(_ => next);
    }
}
