using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Issuance;
using MeshCA.Rotations;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>When the next JWT key signs: measured as a rotation of the root is (issue 6 §2).</summary>
public sealed class JwtKeyCoordinatorTests : IAsyncLifetime
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private static readonly TimeSpan Lifetime = MeshAuthority.JwtKeys.Lifetime;
    private static readonly TimeSpan Patience = Lifetime * JwtKeyPlanner.Patience;

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly ReportingFleet _fleet;
    private readonly AuthorityRotator _rotator;
    private string _first = "";
    private string _next = "";

    public JwtKeyCoordinatorTests()
    {
        _fleet = new(_clock);
        _rotator = NewRotator();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Signer => _rotator.Current!.Jwt.Signer!.Id;

    private long Sequence => (long)_rotator.Current!.BundleSequence;

    public async ValueTask InitializeAsync()
    {
        await _rotator.AdvanceAsync(Token);
        (_first, _next) = (Signer, _rotator.Current!.Jwt.Published[1].Id);
    }

    public ValueTask DisposeAsync()
    {
        _rotator.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Before_its_time_nobody_is_asked_and_nothing_is_done()
    {
        _clock.Advance(Lifetime - TimeSpan.FromSeconds(1));
        Assert.Null(await Coordinator().StepAsync(Token));
        Assert.Equal((_first, 0), (Signer, _fleet.Measured));
    }

    [Fact]
    public async Task Once_everybody_that_reports_has_it_the_next_key_signs_at_its_time()
    {
        _fleet.Consumers[Cart] = Sequence;
        _clock.Advance(Lifetime);
        var step = await Coordinator().StepAsync(Token);
        Assert.IsType<RotationOutcome.Done>(step!.Outcome);
        Assert.Equal(_next, Signer);
        Assert.Equal(("jwt-key.activated", "system", ""), LastActivation());
        Assert.Null(await Coordinator().StepAsync(Token)); // its own time has only begun
    }

    [Fact]
    public async Task It_waits_for_whoever_reports_an_older_bundle_and_signs_as_soon_as_that_has_it()
    {
        (_fleet.Consumers[Cart], _fleet.Consumers[Web]) = (Sequence, Sequence - 1);
        _clock.Advance(Lifetime);
        var step = await Coordinator().StepAsync(Token);
        var guarded = Assert.IsType<RotationOutcome.Guarded>(step!.Outcome);
        Assert.Equal(ConditionKind.Consumers, Assert.Single(guarded.Unmet).Kind);
        Assert.Equal((2, 1), (guarded.Fleet.Consumers, guarded.Fleet.ConsumersUpdated));
        Assert.Equal(Web, Assert.Single(guarded.Fleet.Laggards).Subject);
        Assert.Equal(_first, Signer);

        _fleet.Consumers[Web] = Sequence;
        Assert.IsType<RotationOutcome.Done>((await Coordinator().StepAsync(Token))!.Outcome);
        Assert.Equal(_next, Signer);
    }

    // A consumer that never reports must not keep a key in use for ever.
    [Fact]
    public async Task Past_a_quarter_of_its_life_more_the_next_key_signs_all_the_same_and_the_audit_names_who_lacks_it()
    {
        (_fleet.Consumers[Cart], _fleet.Consumers[Web]) = (Sequence, 0);
        _clock.Advance(Lifetime + Patience - TimeSpan.FromSeconds(1));
        Assert.IsType<RotationOutcome.Guarded>((await Coordinator().StepAsync(Token))!.Outcome);
        Assert.Equal(_first, Signer);

        _clock.Advance(TimeSpan.FromSeconds(1));
        var step = await Coordinator().StepAsync(Token);
        Assert.IsType<RotationOutcome.Done>(step!.Outcome);
        Assert.Equal(ConditionKind.Consumers, Assert.Single(step.Before.Unmet).Kind);
        Assert.Equal(_next, Signer);
        Assert.Equal(("jwt-key.activated", "system", $"forced: its time is over; 1 of 2 consumers lack it: {Web}"), LastActivation());
    }

    // ADR 0009: the consumers of another replica's streams come back one by one.
    [Fact]
    public async Task A_replica_that_does_not_know_yet_who_reports_waits()
    {
        (_fleet.IsComplete, _fleet.Consumers[Cart]) = (false, Sequence);
        _clock.Advance(Lifetime);
        var step = await Coordinator().StepAsync(Token);
        Assert.Equal(ConditionKind.Inventory, Assert.Single(Assert.IsType<RotationOutcome.Guarded>(step!.Outcome).Unmet).Kind);
        Assert.Equal("who reports may not be known yet", JwtKeyCoordinator.Lacking(step.Before.Fleet));
        _fleet.IsComplete = true;
        Assert.IsType<RotationOutcome.Done>((await Coordinator().StepAsync(Token))!.Outcome);
    }

    // Order, what is met, by force or not, what it comes to. Those that poll the keys report nothing: for them the window is there.
    public static TheoryData<int, long, bool, string> Orders() => new()
    {
        { 29, 0, false, "Propagation" },
        { 30, 0, false, "" },
        { 29, -1, false, "Consumers,Propagation" },
        { 30, -1, false, "Consumers" },
        { 0, -1, true, "" },
    };

    [Theory, MemberData(nameof(Orders))]
    public async Task An_order_before_its_time_needs_what_the_step_by_itself_needs_unless_it_is_forced(int minutes, long behind, bool forced, string unmet)
    {
        _fleet.Consumers[Cart] = Sequence + behind;
        _clock.Advance(TimeSpan.FromMinutes(minutes));
        var outcome = await Coordinator().RotateAsync(new(_clock.GetUtcNow(), "uid:0", "a drill", forced), Token);
        Assert.Equal(unmet, outcome is RotationOutcome.Guarded guarded ? string.Join(',', guarded.Unmet.Select(condition => condition.Kind)) : "");
        Assert.Equal(unmet.Length > 0 ? _first : _next, Signer);
        if (unmet.Length == 0)
        {
            Assert.Equal(("jwt-key.activated", "uid:0", forced ? "forced: a drill" : "a drill"), LastActivation());
        }
    }

    [Fact]
    public async Task Where_no_key_is_prepared_an_order_is_refused_by_the_machine()
    {
        var store = new MemoryStore();
        var off = MeshAuthority.JwtKeys with { IsEnabled = false };
        using var rotator = new AuthorityRotator(store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance) { JwtKeys = new JwtKeyKeeper(store, off) };
        await rotator.AdvanceAsync(Token);
        var coordinator = new JwtKeyCoordinator(store, rotator, _fleet, off, _clock);
        var report = await coordinator.ReportAsync(Token);
        Assert.Equal((null, null, null, 0), (report.Active, report.Next, report.Handover, report.Conditions.Count));
        var outcome = await coordinator.RotateAsync(new(_clock.GetUtcNow(), "uid:0", "a drill", IsForced: true), Token);
        Assert.Equal(AuthorityRefusal.UnknownAuthority, Assert.IsType<RotationOutcome.Refused>(outcome).Reason);
        Assert.Null(await coordinator.StepAsync(Token));
    }

    [Fact]
    public async Task The_report_tells_when_what_happens_by_the_real_state()
    {
        _clock.Advance(Lifetime);
        _fleet.Consumers[Cart] = Sequence;
        await Coordinator().StepAsync(Token);
        var since = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromMinutes(10));

        var report = await Coordinator().ReportAsync(Token);
        Assert.Equal(_next, report.Active!.Id);
        Assert.Equal(_first, Assert.Single(report.Leaving).Id);
        Assert.Equal(since + MeshAuthority.JwtKeys.LongestToken + JwtKeySettings.Leeway, report.Leaving[0].LastTokenEnds);
        Assert.Equal((since + Lifetime, since + Lifetime + Patience), (report.Handover!.DueAt, report.Handover.LatestAt));
        Assert.Equal(_clock.GetUtcNow() + MeshAuthority.JwtKeys.LongestToken + JwtKeySettings.Leeway, report.ActiveWouldLeaveAt);
        Assert.Equal((600L, 1_800L), report.Conditions[^1] is var window ? (window.Done, window.Total) : default);
        Assert.Equal(1, report.Fleet.LaggardCount); // the bundle has another key since
        Assert.Equal(_rotator.Current!.BundleSequence, report.BundleSequence);
    }

    // kill -9 at each boundary: before the transaction, and after it with its answer lost.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_that_a_crash_cut_off_is_taken_once(bool isDurable)
    {
        _clock.Advance(Lifetime);
        _store.Fails = !isDurable;
        _store.ChangeApplied = isDurable ? () => throw new JournalUnavailableException("the answer got lost") : null;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => Coordinator().StepAsync(Token));
        (_store.Fails, _store.ChangeApplied) = (false, null);

        using var restarted = NewRotator();
        await restarted.AdvanceAsync(Token);
        await new JwtKeyCoordinator(_store, restarted, _fleet, MeshAuthority.JwtKeys, _clock).StepAsync(Token);
        Assert.Equal(_next, restarted.Current!.Jwt.Signer!.Id);
        Assert.Single(_store.Audit, e => e.Action == "jwt-key.activated");
        Assert.Equal(3, restarted.Current.Jwt.Published.Count);
    }

    // Compromise does not wait for anybody.
    [Fact]
    public async Task A_tainted_key_is_replaced_at_once_whoever_lacks_the_next()
    {
        _fleet.Consumers[Web] = 0;
        await _rotator.ExecuteAsync(new AuthorityCommand.Taint(_first), new(_clock.GetUtcNow(), "uid:0"), Token);
        Assert.Equal(_next, Signer);
    }

    // As with roots: by a clock that jumped ahead no time is over, nobody's patience either (issue 4 §2, issue 6 §2).
    [Fact]
    public async Task By_a_clock_in_doubt_no_key_signs_for_its_time_and_the_condition_names_it()
    {
        var watch = new ClockWatch(_clock);
        var coordinator = Coordinator(watch);
        _fleet.Consumers[Cart] = Sequence;
        _clock.Jump(Lifetime + Patience);
        var step = (await coordinator.StepAsync(Token))!;
        var unmet = Assert.Single(Assert.IsType<RotationOutcome.Guarded>(step.Outcome).Unmet);
        Assert.Equal((ConditionKind.Clock, 0L, (long)(Lifetime + Patience).TotalSeconds), (unmet.Kind, unmet.Done, unmet.Total));
        Assert.Equal(_clock.GetUtcNow() + Lifetime + Patience, unmet.Until);
        Assert.Equal(Lifetime + Patience, step.Before.Doubt!.Jump);
        Assert.Equal(_first, Signer);

        // An operator's order waits likewise, unless it is forced: a dry run shows the same.
        Assert.Equal(ConditionKind.Clock, Assert.Single((await coordinator.ReportAsync(Token)).Unmet).Kind);
        Assert.IsType<RotationOutcome.Guarded>(await coordinator.RotateAsync(new(_clock.GetUtcNow(), "uid:0", "a drill"), Token));
        Assert.Equal(_first, Signer);
        Assert.IsType<RotationOutcome.Done>(await coordinator.RotateAsync(new(_clock.GetUtcNow(), "uid:0", "it is right", IsForced: true), Token));
        Assert.Equal(_next, Signer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Once_the_clock_was_set_back_or_is_believed_keys_go_on_by_it(bool isSetBack)
    {
        var coordinator = Coordinator(new(_clock));
        _fleet.Consumers[Cart] = Sequence;
        _clock.Jump(Lifetime);
        Assert.IsType<RotationOutcome.Guarded>((await coordinator.StepAsync(Token))!.Outcome);
        _clock.Jump(isSetBack ? -Lifetime : TimeSpan.Zero);
        if (isSetBack)
        {
            Assert.Null(await coordinator.StepAsync(Token)); // its time has not come
            _clock.Advance(Lifetime - TimeSpan.FromSeconds(1));
            Assert.Null(await coordinator.StepAsync(Token));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        else
        {
            _clock.Advance(Lifetime - TimeSpan.FromSeconds(1));
            Assert.IsType<RotationOutcome.Guarded>((await coordinator.StepAsync(Token))!.Outcome);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.IsType<RotationOutcome.Done>((await coordinator.StepAsync(Token))!.Outcome);
        Assert.Equal(_next, Signer);
    }

    private (string Action, string Actor, string Detail) LastActivation() =>
        _store.Audit.Last(e => e.Action == "jwt-key.activated") is var last ? (last.Action, last.Actor, last.Detail) : default;

    private JwtKeyCoordinator Coordinator(ClockWatch? watch = null) => new(_store, _rotator, _fleet, MeshAuthority.JwtKeys, _clock, watch);

    private AuthorityRotator NewRotator() => new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
    {
        JwtKeys = new JwtKeyKeeper(_store, MeshAuthority.JwtKeys),
    };
}
