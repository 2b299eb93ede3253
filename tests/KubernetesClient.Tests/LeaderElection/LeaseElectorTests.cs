using KubernetesClient.LeaderElection;
using KubernetesClient.Models;
using TestSupport;
using Xunit;

namespace KubernetesClient.Tests.LeaderElection;

/// <summary>Calls and delays complete where the clock is advanced, on the test's own thread: no test waits.</summary>
public sealed class LeaseElectorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task The_first_candidate_makes_the_lease_and_leads()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        Assert.True(a.Elector.IsLeader);
        Assert.Equal([true], a.Told);
        Assert.Equal("a", leases.Lease!.Spec!.HolderIdentity);
        Assert.Equal((15, 0), (leases.Lease.Spec.LeaseDurationSeconds, leases.Lease.Spec.LeaseTransitions));
        Assert.Equal(TimeSpan.FromSeconds(10), a.Elector.RemainingLeadership);
        Assert.Equal(clock.GetTimestamp() + TimeSpan.FromSeconds(10).Ticks, a.Elector.LeaderUntil);
    }

    [Fact]
    public async Task It_renews_without_reading_and_keeps_when_it_acquired()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        var acquired = leases.Lease!.Spec!.AcquireTime;
        Advance(clock, 60);
        Assert.True(a.Elector.IsLeader);
        Assert.Equal(acquired, leases.Lease.Spec.AcquireTime);
        Assert.True(leases.Lease.Spec.RenewTime > acquired);
        Assert.Equal(1, leases.Calls.Count(call => call == "read"));
    }

    [Fact]
    public async Task Another_takes_it_only_when_it_was_not_renewed_for_its_duration()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        await using var b = new Candidate("b", leases, clock);
        Advance(clock, 60);
        Assert.False(b.Elector.IsLeader);
        Assert.Equal("a", b.Elector.Holder);
        var renewed = leases.Lease!.Spec!.RenewTime!.Value;
        a.Leases.Before = _ => Task.FromResult(false); // its server cannot be reached
        for (var i = 0; i < 30 && !b.Elector.IsLeader; i++)
        {
            Advance(clock, 1);
            Assert.False(a.Elector.IsLeader && b.Elector.IsLeader);
        }

        Assert.InRange((clock.GetUtcNow() - renewed).TotalSeconds, 15, 20);
        Assert.Equal(1, leases.Lease!.Spec!.LeaseTransitions);
        Assert.Equal([true, false], a.Told);
        Assert.Equal([true], b.Told);
    }

    [Fact]
    public async Task A_leader_that_reaches_no_server_is_none_before_anybody_else_could_be()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        a.Leases.Before = _ => Task.FromResult(false);
        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.True(a.Elector.IsLeader);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.False(a.Elector.IsLeader);
        Assert.Equal([true, false], a.Told);
        Assert.NotEmpty(a.Failures);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_does_not_keep_it_from_noticing()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        a.Leases.Before = NeverAsync;
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([true, false], a.Told);
    }

    [Fact]
    public async Task An_answer_that_comes_late_counts_from_when_its_call_began()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        var gate = new TaskCompletionSource();
        a.Leases.After = _ => gate.Task;
        Advance(clock, 3); // a renewal is under way
        var begun = leases.Lease!.Spec!.RenewTime!.Value;
        clock.Advance(TimeSpan.FromSeconds(5));
        a.Leases.After = _ => Task.CompletedTask;
        gate.SetResult();
        Assert.True(a.Elector.IsLeader);
        Assert.Equal(begun + TimeSpan.FromSeconds(10) - clock.GetUtcNow(), a.Elector.RemainingLeadership);
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_found_again()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        a.Leases.After = NeverAsync;
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.False(a.Elector.IsLeader);
        a.Leases.After = _ => Task.CompletedTask;
        Advance(clock, 30);
        Assert.True(a.Elector.IsLeader);
        Assert.Equal(0, leases.Lease!.Spec!.LeaseTransitions);
    }

    [Fact]
    public async Task Giving_it_back_lets_another_in_at_once()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        var a = new Candidate("a", leases, clock);
        await using var b = new Candidate("b", leases, clock);
        await a.DisposeAsync();
        Assert.False(a.Elector.IsLeader);
        Assert.Equal([true, false], a.Told);
        Assert.Equal(("", 1), (leases.Lease!.Spec!.HolderIdentity, leases.Lease.Spec.LeaseDurationSeconds));
        Advance(clock, 3);
        Assert.True(b.Elector.IsLeader);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(int.MaxValue)]
    public async Task The_times_in_a_lease_are_those_of_another_clock(int ahead)
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        leases.Store(new V1Lease
        {
            Metadata = new() { Name = "ca", Namespace = "mesh" },
            Spec = new() { HolderIdentity = "z", LeaseDurationSeconds = 15, RenewTime = clock.GetUtcNow().AddSeconds(ahead), LeaseTransitions = int.MaxValue },
        });
        await using var b = new Candidate("b", leases, clock);
        Advance(clock, 14);
        Assert.False(b.Elector.IsLeader);
        Advance(clock, 5);
        Assert.True(b.Elector.IsLeader);
        Assert.Equal(int.MaxValue, leases.Lease!.Spec!.LeaseTransitions);
    }

    [Fact]
    public async Task A_wall_clock_that_leaps_ahead_ends_leadership_and_one_that_falls_back_does_not_lengthen_it()
    {
        var (clock, leases) = (new TwoClocks(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        clock.Offset = TimeSpan.FromHours(-1);
        Assert.Equal(TimeSpan.FromSeconds(10), a.Elector.RemainingLeadership);
        clock.Offset = TimeSpan.FromHours(1); // as after a sleep, in which the monotonic one stood still
        Assert.False(a.Elector.IsLeader);
        Assert.Equal(TimeSpan.Zero, a.Elector.RemainingLeadership);
    }

    [Fact]
    public async Task Leadership_that_ended_by_the_wall_clock_does_not_come_back_when_that_is_set_right()
    {
        var (clock, leases) = (new TwoClocks(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        a.Leases.Before = _ => Task.FromResult(false);
        clock.Offset = TimeSpan.FromHours(1);
        clock.Advance(TimeSpan.FromSeconds(3)); // it has been told meanwhile that it does not lead
        Assert.Equal([true, false], a.Told);
        clock.Offset = TimeSpan.Zero;
        Assert.False(a.Elector.IsLeader);
    }

    [Fact]
    public async Task A_lease_that_somebody_deleted_is_not_made_anew_by_another_before_its_holder_knows()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        await using var b = new Candidate("b", leases, clock);
        Advance(clock, 5);
        a.Leases.Before = _ => Task.FromResult(false);
        leases.Lease = null;
        for (var i = 0; i < 30 && !b.Elector.IsLeader; i++)
        {
            Advance(clock, 1);
            Assert.False(a.Elector.IsLeader && b.Elector.IsLeader);
        }

        Assert.True(b.Elector.IsLeader);
    }

    [Fact]
    public async Task A_lease_that_somebody_gave_away_is_noticed_with_the_next_renewal()
    {
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        await using var a = new Candidate("a", leases, clock);
        leases.Store(leases.Lease! with { Spec = leases.Lease!.Spec! with { HolderIdentity = "b" } });
        Advance(clock, 3);
        Assert.False(a.Elector.IsLeader);
        Assert.Equal("b", a.Elector.Holder);
    }

    // Calls fail, hang, are lost on their way in or out, or last, by chance; the lease changes hands all the time.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_two_lead_at_once(int seed)
    {
        var random = new Chance(seed);
        var (clock, leases) = (new ManualTimeProvider(), new FakeLeases());
        Candidate[] all = [.. Enumerable.Range(0, 3).Select(i => new Candidate($"c{i}", leases, clock))];
        foreach (var candidate in all)
        {
            candidate.Leases.Before = async cancellationToken => random.Next(6) switch
            {
                0 => false,
                1 => await NeverAsync(cancellationToken),
                2 => await LastAsync(clock, random, cancellationToken),
                _ => true,
            };
            candidate.Leases.After = async cancellationToken =>
                _ = random.Next(8) == 0 && await LastAsync(clock, random, cancellationToken);
        }

        var leaders = new HashSet<string>();
        for (var step = 0; step < 5_000 || (leaders.Count < all.Length && step < 2_000_000); step++)
        {
            await Task.Yield(); // what the clock completes may go on elsewhere
            clock.Advance(TimeSpan.FromMilliseconds(random.Next(400)));
            var leading = all.Where(candidate => candidate.Elector.IsLeader).Select(candidate => candidate.Name).ToList();
            Assert.True(leading.Count <= 1, $"{string.Join(" and ", leading)} lead at {clock.GetUtcNow():O}");
            leaders.UnionWith(leading);
        }

        Assert.Equal(3, leaders.Count);
        foreach (var candidate in all)
        {
            candidate.Leases.Before = _ => Task.FromResult(true);
            candidate.Leases.After = _ => Task.CompletedTask;
            await candidate.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(15, 10, 2, true)]
    [InlineData(15, 15, 2, false)]
    [InlineData(15, 10, 10, false)]
    [InlineData(15, 10, 0, false)]
    [InlineData(0.5, 0.4, 0.1, false)]
    [InlineData(15.5, 10, 2, false)]
    public void Times_must_leave_room(double duration, double deadline, double period, bool isGood)
    {
        var settings = new LeaseSettings("mesh", "ca", "a")
        {
            LeaseDuration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(period),
        };
        Assert.Equal(isGood, settings.Fault is null);
        if (!isGood)
        {
            Assert.Throws<ArgumentException>(() => new LeaseElector(new Link(new FakeLeases()), settings, new ManualTimeProvider()));
        }
    }

    private static async Task<bool> NeverAsync(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource<bool>();
        await using (cancellationToken.Register(() => never.TrySetCanceled(cancellationToken)))
        {
            return await never.Task;
        }
    }

    private static async Task<bool> LastAsync(TimeProvider clock, Chance random, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20_000)), clock, cancellationToken);
        return true;
    }

    private static void Advance(ManualTimeProvider clock, int seconds)
    {
        for (var i = 0; i < seconds * 10; i++)
        {
            clock.Advance(Second / 10);
        }
    }

    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Candidate(string name, FakeLeases leases, TimeProvider clock)
        {
            Name = name;
            Leases = new Link(leases);
            Elector = new LeaseElector(Leases, new LeaseSettings("mesh", "ca", name), clock);
            Elector.LeadershipChanged += Told.Add;
            Elector.CallFailed += Failures.Add;

            // With the runner's own context, what the clock completes would go on beside the test, not within its steps.
            SynchronizationContext.SetSynchronizationContext(null);
            _running = Elector.RunAsync(_stop.Token);
        }

        public string Name { get; }

        public LeaseElector Elector { get; }

        public Link Leases { get; }

        public List<bool> Told { get; } = [];

        public List<ApiFailure> Failures { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
        }
    }

    private sealed class Chance(int seed)
    {
        private readonly Random _random = new(seed);

        public int Next(int bound)
        {
            lock (_random)
            {
                return _random.Next(bound);
            }
        }
    }

    /// <summary>A monotonic clock that stands, and a wall clock that leaps.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        private readonly ManualTimeProvider _inner = new();

        public TimeSpan Offset { get; set; }

        public void Advance(TimeSpan by) => _inner.Advance(by);

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow() + Offset;

        public override long GetTimestamp() => _inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _inner.CreateTimer(callback, state, dueTime, period);
    }
}
