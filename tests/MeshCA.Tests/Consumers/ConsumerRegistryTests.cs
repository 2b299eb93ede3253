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

    // What is known of who lacks a bundle must not be forgotten with a connection (ADR 0011).
    [Fact]
    public void What_a_consumer_says_of_those_behind_it_outlasts_its_stream_and_the_next_until_it_acknowledges()
    {
        var session = Connect(Stream(sequence: 9));
        session.FallBehind(Behind(9, inUse: 3, "a proxy"));
        Assert.Equal((3, 9, Now, Now), (Only().Sequence, Only().Behind!.Sequence, Only().Behind!.Since, Only().Behind!.SaidAt));
        _clock.Advance(TimeSpan.FromMinutes(2));
        session.FallBehind(Behind(9, inUse: 3, "a proxy", "files"));
        Assert.Equal((2, Now, _clock.GetUtcNow()), (Only().Behind!.Count, Only().Behind!.Since, Only().Behind!.SaidAt));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("2 behind it for 3 min, said 1 min ago: a proxy; files", Only().Behind!.Describe(_clock.GetUtcNow()));
        session.Dispose();
        Assert.Equal(2, Only().Behind!.Count);

        using var second = Connect(Stream(sequence: 3));
        Assert.Equal((3, 2), (Only().Sequence, Only().Behind!.Count));
        second.Acknowledge(8);
        Assert.Equal((8, 2), (Only().Sequence, Only().Behind!.Count));
        second.Acknowledge(9);
        Assert.Equal((9, null), (Only().Sequence, Only().Behind));
    }

    [Theory]
    [InlineData(9, 3L, 3, Label = "what it says")]
    [InlineData(9, 0L, 0, Label = "none is known")]
    [InlineData(9, null, 8, Label = "an older client: the one before")]
    [InlineData(9, 8L, 8, Label = "the one before")]
    [InlineData(12, 11L, 9, Label = "never more than it acknowledged")]
    [InlineData(0, null, 0, Label = "none was published")]
    public void What_is_taken_back_leaves_what_the_consumer_says_is_in_use(long lacking, long? inUse, long expected)
    {
        using var session = Connect(Stream(sequence: 9));
        session.FallBehind(Behind(lacking, inUse));
        Assert.Equal(expected, Only().Sequence);
    }

    [Fact]
    public void A_stream_that_opens_with_the_bundle_in_use_answers_for_those_behind_it_and_a_replaced_one_says_nothing()
    {
        var first = Connect(Stream(sequence: 5));
        first.FallBehind(Behind(5, 4, "a proxy"));
        using var second = Connect(Stream(sequence: 5));
        Assert.Null(Only().Behind);
        first.FallBehind(Behind(5, 0));
        Assert.Equal((5, null), (Only().Sequence, Only().Behind));
    }

    [Fact]
    public void What_is_said_again_is_not_written_again()
    {
        using var session = Connect(Stream(sequence: 5));
        session.FallBehind(Behind(5, 4, "a proxy"));
        Assert.Single(_registry.TakeChanges().Saved);
        _clock.Advance(TimeSpan.FromSeconds(5));
        session.FallBehind(Behind(5, 4, "a proxy"));
        Assert.True(_registry.TakeChanges().IsEmpty);
        session.FallBehind(Behind(5, 4, "another"));
        Assert.Single(_registry.TakeChanges().Saved);
    }

    [Fact]
    public void A_state_of_the_revocations_is_waited_for_at_those_that_acknowledge_and_are_connected()
    {
        using var quick = Connect(Acknowledging("quick"));
        using var slow = Connect(Acknowledging("slow"));
        using var silent = Connect(Stream("spiffe://td/silent"));
        var away = Connect(Acknowledging("away"));
        away.Enforce(6);
        away.Dispose();
        var started = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        quick.Enforce(7);
        using var reach = _registry.Await(7, _ => false);
        Assert.False(reach.Settled.IsCompleted);

        _clock.Advance(TimeSpan.FromMilliseconds(24));
        slow.Enforce(8); // a later state has it too
        Assert.True(reach.Settled.IsCompleted);
        _clock.Advance(TimeSpan.FromHours(0.5));
        quick.Enforce(8);
        var read = reach.Read(_registry.Live(), _ => false, started, _clock);
        Assert.Equal((3, 2, 0, 1), (read.Consumers, read.InForce, read.Late, read.Silent));
        Assert.Equal(("away", 6), (Assert.Single(read.Unreached).Instance, read.Unreached[0].Revocations));
        Assert.Equal(TimeSpan.FromMilliseconds(34), read.LastAfter);
    }

    [Fact]
    public void Who_goes_away_is_waited_for_no_longer_and_again_when_it_is_back()
    {
        var first = Connect(Acknowledging("one"));
        using var other = Connect(Acknowledging("two"));
        using var reach = _registry.Await(1, _ => false);
        first.Dispose();
        var again = Connect(Acknowledging("one"));
        other.Enforce(1);
        Assert.False(reach.Settled.IsCompleted);
        again.Dispose();
        Assert.True(reach.Settled.IsCompleted);
        Assert.Null(_registry.Await(2, _ => false).Read([], _ => false, 0, _clock).LastAfter);
    }

    [Fact]
    public void Only_the_present_stream_says_what_is_in_force_and_a_new_one_begins_without()
    {
        var first = Connect(Acknowledging("one"));
        first.Enforce(4);
        using var second = Connect(Acknowledging("one"));
        first.Enforce(5);
        Assert.Equal(0, Only().Revocations);
        second.Enforce(5);
        Assert.Equal(5, Only().Revocations);
    }

    // Its own, or it would hold up and hide the others' orders; who is banned by the order itself is waited for.
    [Fact]
    public void Who_is_banned_is_counted_apart_and_only_who_is_not_passed_is_waited_for()
    {
        using var rogue = Connect(Acknowledging("rogue"));
        using var other = Connect(Acknowledging("other"));
        using var reach = _registry.Await(1, id => id == "spiffe://td/rogue");
        Assert.False(reach.Settled.IsCompleted);
        other.Enforce(1);
        Assert.True(reach.Settled.IsCompleted);

        var read = reach.Read(_registry.Live(), id => id == "spiffe://td/rogue", 0, _clock);
        Assert.Equal((2, 1, 0, 0), (read.Consumers, read.InForce, read.Late, read.Unreached.Count));
        Assert.Equal("rogue", Assert.Single(read.Banned).Instance);
        rogue.Dispose();
        Assert.Equal("rogue", Assert.Single(reach.Read(_registry.Live(), _ => true, 0, _clock).Unreached).Instance); // away
    }

    [Fact]
    public void Of_those_that_lack_a_state_one_of_each_identity_is_named_in_turn_and_the_connected_ones_first()
    {
        var consumers = new[]
        {
            Lacking("a", "1", connected: true), Lacking("a", "2", connected: true), Lacking("a", "3", connected: false),
            Lacking("b", "1", connected: false), Lacking("b", "2", connected: true), Lacking("c", "1", connected: false),
        };
        Assert.Equal(
            ["a1", "b2", "a2", "c1", "b1", "a3"],
            RevocationReach.Of(consumers, 1, _ => false).Unreached.Select(each => each.Identity[^1] + each.Instance));

        static Consumer Lacking(string name, string instance, bool connected) =>
            Stream($"spiffe://td/{name}", instance) with { Revocations = 0, IsConnected = connected };
    }

    // With each ban all of them change.
    [Fact]
    public void What_is_in_force_is_written_with_the_next_sighting_and_not_at_once()
    {
        using var session = Connect(Acknowledging("one"));
        Assert.Single(_registry.TakeChanges().Saved);
        session.Enforce(5);
        Assert.True(_registry.TakeChanges().IsEmpty);
        _clock.Advance(Expiry / 20);
        Assert.Equal(5, Assert.Single(_registry.TakeChanges().Saved).Revocations);

        using var other = Connect(Acknowledging("one") with { Revocations = null });
        Assert.Null(Assert.Single(_registry.TakeChanges().Saved).Revocations);
    }

    [Fact]
    public void A_new_stream_gets_no_more_than_was_left_when_the_last_one_took_a_bundle_back()
    {
        var first = Connect(Stream(sequence: 9));
        first.FallBehind(Behind(10, inUse: 0, "a proxy"));
        first.Dispose();
        using var second = Connect(Stream(sequence: 9)); // a client that does not know that it took 9 back too
        Assert.Equal((0, 10), (Only().Sequence, Only().Behind!.Sequence));
        second.Acknowledge(10);
        Assert.Equal((10, null), (Only().Sequence, Only().Behind));
    }

    [Fact]
    public void Of_a_clients_texts_two_outlive_its_stream()
    {
        var session = Connect(Stream(sequence: 9));
        session.FallBehind(Behind(9, inUse: 3, "a", "b", "c"));
        Assert.Equal(3, Only().Behind!.Examples.Count);
        session.Dispose();
        Assert.Equal((3, "a; b"), (Only().Behind!.Count, string.Join("; ", Only().Behind!.Examples)));
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

    private static ConsumerBehind Behind(long sequence, long? inUse = null, params string[] examples) =>
        new(examples.Length, examples) { Sequence = sequence, InUse = inUse };

    private static Consumer Acknowledging(string instance) => Stream($"spiffe://td/{instance}", instance) with { Revocations = 0 };
}
