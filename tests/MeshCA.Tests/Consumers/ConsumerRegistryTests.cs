using MeshCA.Consumers;
using TestSupport;
using Xunit;
using static MeshCA.Tests.Consumers.Fleet;

namespace MeshCA.Tests.Consumers;

public sealed class ConsumerRegistryTests
{
    private static readonly TimeSpan Expiry = TimeSpan.FromHours(1);
    private readonly ManualTimeProvider _clock = new(Now);
    private readonly ConsumerRegistry _registry;

    public ConsumerRegistryTests() => _registry = new(new(Expiry, 8), _clock);

    [Fact]
    public void A_consumer_has_what_it_acknowledged_last_even_if_that_is_less()
    {
        using var session = Connect(Stream(sequence: 3));
        session.Acknowledge(5);
        Assert.Equal(5, Only().Sequence);
        session.Acknowledge(4);

        Assert.Equal(4, Only().Sequence);
    }

    [Fact]
    public void What_a_consumer_says_of_those_behind_it_lasts_as_long_as_its_stream_and_never_raises_what_it_has()
    {
        var session = Connect(Stream(sequence: 3));
        session.FallBehind(9, new ConsumerBehind(1, ["a proxy"]));
        Assert.Equal((3, 1), (Only().Sequence, Only().Behind!.Count));
        session.FallBehind(0, new ConsumerBehind(2, []));
        Assert.Equal((0, 2), (Only().Sequence, Only().Behind!.Count));
        session.Dispose();
        Assert.Null(Only().Behind);

        using var second = Connect(Stream(sequence: 3));
        session.FallBehind(2, new ConsumerBehind(1, []));
        Assert.Equal((3, null), (Only().Sequence, Only().Behind));
    }

    [Fact]
    public void A_consumer_that_is_silent_goes_after_a_while()
    {
        Assert.True(_registry.TryReport(Stream()));
        _clock.Advance(Expiry - TimeSpan.FromTicks(1));
        Assert.Single(_registry.Live());
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.Empty(_registry.Live());
    }

    // A clock that jumped ahead, and is set back before the rotation that it halted goes on.
    [Fact]
    public void By_a_clock_that_is_not_believed_nobody_goes_and_nothing_is_removed()
    {
        var believed = false;
        var registry = new ConsumerRegistry(new(Expiry, 8), _clock) { MayForget = () => believed };
        Assert.True(registry.TryReport(Stream()));
        registry.TakeChanges();
        _clock.Jump(Expiry);
        Assert.Single(registry.Live());
        Assert.NotNull(registry.Find(Stream().Id));
        Assert.Empty(registry.TakeChanges().Removed);
        believed = true;
        Assert.Empty(registry.Live());
        Assert.Single(registry.TakeChanges().Removed);
    }

    [Fact]
    public void A_consumer_with_an_open_stream_stays_and_its_silence_begins_with_the_end_of_the_stream()
    {
        var session = Connect(Stream());
        _clock.Advance(Expiry * 3);
        Assert.True(Only().IsConnected);
        session.Dispose();
        _clock.Advance(Expiry / 2);

        Assert.False(Only().IsConnected);
        Assert.Equal(Now + (Expiry * 3), Only().LastSeen);
    }

    [Fact]
    public void A_second_stream_of_one_consumer_ends_the_first_and_alone_may_acknowledge()
    {
        var first = Connect(Stream(sequence: 1));
        using var second = Connect(Stream(sequence: 2));
        Assert.True(first.Replaced.IsCancellationRequested);
        Assert.False(second.Replaced.IsCancellationRequested);

        first.Acknowledge(9);
        first.Dispose();
        Assert.Equal((2, true), (Only().Sequence, Only().IsConnected));
    }

    [Fact]
    public void The_same_instance_name_of_another_identity_is_another_consumer()
    {
        using var first = Connect(Stream());
        using var second = Connect(Stream(identity: "spiffe://td/ns/a/sa/other"));

        Assert.False(first.Replaced.IsCancellationRequested);
        Assert.Equal(2, _registry.Live().Count);
    }

    [Fact]
    public void One_identity_cannot_crowd_out_the_others()
    {
        Assert.Equal(2, Enumerable.Range(0, 8).Count(i => _registry.TryReport(Stream(instance: $"i{i}"))));
        Assert.True(_registry.TryReport(Stream(identity: "spiffe://td/ns/a/sa/other")));
        Assert.True(_registry.TryReport(Stream(instance: "i0", sequence: 7))); // known already
    }

    [Fact]
    public void Whoever_finds_no_room_puts_nobody_out()
    {
        for (var i = 0; i < 8; i++)
        {
            Assert.True(_registry.TryReport(Stream(identity: $"spiffe://td/{i}")));
        }

        Assert.False(_registry.TryConnect(Stream(identity: "spiffe://td/late"), out _));
        Assert.Equal(8, _registry.Live().Count);
    }

    [Fact]
    public void Who_is_gone_makes_room_and_is_removed_from_the_store()
    {
        _registry.TryReport(Stream(instance: "a"));
        _registry.TryReport(Stream(instance: "b"));
        _registry.TakeChanges();
        _clock.Advance(Expiry);

        Assert.Equal(["a", "b"], _registry.TakeChanges().Removed.Select(id => id.Instance).Order());
        Assert.True(_registry.TryReport(Stream(instance: "c", at: _clock.GetUtcNow())));
        Assert.Empty(_registry.TakeChanges().Removed);
    }

    [Fact]
    public void What_was_reported_again_is_not_written_again_before_its_age_matters()
    {
        _registry.TryReport(Stream(sequence: 1));
        Assert.Single(_registry.TakeChanges().Saved);
        Assert.True(_registry.TakeChanges().IsEmpty);

        _clock.Advance(Expiry / 40);
        _registry.TryReport(Stream(sequence: 1, at: _clock.GetUtcNow()));
        Assert.True(_registry.TakeChanges().IsEmpty);

        _clock.Advance(Expiry / 40);
        _registry.TryReport(Stream(sequence: 1, at: _clock.GetUtcNow()));
        Assert.Equal(_clock.GetUtcNow(), Assert.Single(_registry.TakeChanges().Saved).LastSeen);

        _registry.TryReport(Stream(sequence: 2, at: _clock.GetUtcNow()));
        Assert.Equal(2, Assert.Single(_registry.TakeChanges().Saved).Sequence);
    }

    [Fact]
    public void What_could_not_be_written_is_to_be_written_still()
    {
        _registry.TryReport(Stream(sequence: 1));
        var changes = _registry.TakeChanges();
        _registry.TryReport(Stream(sequence: 2));
        _registry.PutBack(changes);

        Assert.Equal(2, Assert.Single(_registry.TakeChanges().Saved).Sequence);
    }

    [Fact]
    public void What_was_kept_does_not_undo_what_was_reported_since()
    {
        _registry.TryReport(Stream(sequence: 5));
        _registry.Restore([Stream(sequence: 3), Stream(instance: "kept", sequence: 3)]);

        Assert.Equal([5L, 3L], _registry.Live().OrderBy(consumer => consumer.Id.Instance == "kept").Select(consumer => consumer.Sequence));
        Assert.Equal(["one"], _registry.TakeChanges().Saved.Select(consumer => consumer.Instance));
    }

    [Fact]
    public void What_was_kept_counts_for_the_bounds_and_expires_too()
    {
        _registry.Restore([Stream(instance: "a"), Stream(instance: "b")]);
        Assert.False(_registry.TryReport(Stream(instance: "c")));
        _clock.Advance(Expiry);

        Assert.Empty(_registry.Live());
        Assert.Equal(2, _registry.TakeChanges().Removed.Count);
    }

    private ConsumerSession Connect(Consumer consumer)
    {
        Assert.True(_registry.TryConnect(consumer, out var session));
        return session;
    }

    private Consumer Only() => Assert.Single(_registry.Live());
}
