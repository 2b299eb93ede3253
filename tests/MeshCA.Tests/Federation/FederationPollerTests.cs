using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

/// <summary>Federation §5.1 and spiffe §4.2: polling, and what becomes of each answer.</summary>
public sealed class FederationPollerTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(TestAuthority.Now);
    private readonly MemoryStore _store = new();
    private readonly FakeFetcher _fetcher = new();
    private readonly RecordingLogger _log = new();
    private readonly FederationRegister _register;
    private readonly FederationPoller _poller;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _next = TestAuthority.CreateRoot();
    private double _chance;
    private AuthoritySnapshot? _own;

    public FederationPollerTests()
    {
        _register = new(_store);
        _poller = new(
            _register, _fetcher, new Authorities(this), Peers.Settings, new ChanceSource(() => _chance), new FederationMetrics(new TestMeterFactory()),
            _clock, new Logger<FederationPoller>(_log));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _register.Dispose();
        _root.Dispose();
        _next.Dispose();
    }

    [Fact]
    public async Task A_new_peer_is_fetched_at_once_and_then_at_its_hint()
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 120, _root));
        await TickAsync();
        Assert.Equal((1, 1UL), (_fetcher.Questions.Count, Bundle().Sequence!.Value));
        await ElapseAsync(119);
        Assert.Single(_fetcher.Questions);
        await ElapseAsync(1);
        Assert.Equal(2, _fetcher.Questions.Count);
    }

    [Fact]
    public async Task Polls_are_spread_to_the_sooner_side()
    {
        _chance = 0.5;
        await AddAsync();
        _fetcher.Answer(Document(1, 120, _root));
        await TickAsync();
        await ElapseAsync(113);
        Assert.Single(_fetcher.Questions);
        await ElapseAsync(1);
        Assert.Equal(2, _fetcher.Questions.Count);
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(86_400, 3_600)]
    public async Task A_hint_is_followed_within_bounds(int hint, int expected)
    {
        await AddAsync();
        _fetcher.Answer(Document(1, hint, _root));
        await TickAsync();
        await ElapseAsync(expected - 1);
        Assert.Single(_fetcher.Questions);
        await ElapseAsync(1);
        Assert.Equal(2, _fetcher.Questions.Count);
    }

    [Fact]
    public async Task The_tag_of_the_bundle_held_is_shown_and_not_modified_is_a_success()
    {
        await AddAsync();
        _fetcher.Answer(new BundleAnswer.Fetched(Document(1, 120, _root), "\"a\""));
        await TickAsync();
        _fetcher.Answer(new BundleAnswer.NotModified());
        await ElapseAsync(120);
        Assert.Equal([null, "\"a\""], _fetcher.Questions.Select(question => question.Tag));
        Assert.Equal((TimeSpan.Zero, "ok"), (Status().Age, Status().Word));

        // Another bundle was put in its place: the tag is not its.
        await _poller.TakeAsync(Peers.Other, Document(7, 120, _next), new("uid:0", "moved"), Cancellation);
        _fetcher.Answer(Document(8, 120, _next));
        await TickAsync(); // what was handed over is asked for at once
        Assert.Equal((3, null), (_fetcher.Questions.Count, _fetcher.Questions[^1].Tag));
        Assert.Equal(8UL, Bundle().Sequence);
    }

    [Fact]
    public async Task A_tag_is_shown_for_the_very_bundle_that_it_came_with_and_never_where_one_is_wanted_whatever_it_says()
    {
        await AddAsync(Peers.Order(Peers.Web()));
        _fetcher.Answer(new BundleAnswer.Fetched(Document(1, 120, _root), "\"a\""));
        await TickAsync();

        // The same document under another tag.
        _fetcher.Answer(new BundleAnswer.Fetched(Document(1, 120, _root), "\"b\""));
        await ElapseAsync(120);
        _fetcher.Answer(new BundleAnswer.NotModified());
        await ElapseAsync(120);
        Assert.Equal("\"b\"", _fetcher.Questions[^1].Tag);

        _fetcher.Answer(new BundleAnswer.Fetched(Document(1, 120, _root), "\"b\""));
        await _poller.ForceAsync(Peers.Other, new("uid:0", "again"), Cancellation);
        Assert.Null(_fetcher.Questions[^1].Tag);

        // A bundle that came with the relationship, and not by a fetch.
        await AddAsync(Peers.Order(Peers.Web(), Document(9, 120, _next)) with { Replaces = true });
        _fetcher.Answer(Document(10, 120, _next));
        await ElapseAsync(120);
        Assert.Null(_fetcher.Questions[^1].Tag);
    }

    [Fact]
    public async Task A_failure_keeps_the_bundle_and_is_tried_four_times_an_interval()
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 480, _root));
        await TickAsync();
        for (var tries = 2; tries <= 5; tries++)
        {
            _fetcher.Answer(new BundleAnswer.Failed(FetchFault.Unreachable, "nobody answers"));
            await ElapseAsync(tries == 2 ? 480 : 119);
            await ElapseAsync(tries == 2 ? 0 : 1);
            Assert.Equal(tries, _fetcher.Questions.Count);
        }

        Assert.Equal(1UL, Bundle().Sequence);
        Assert.Equal(("stale", 4, FetchFault.Unreachable), (Status().Word, Status().Standing.Failures, Status().Standing.Fault));
        Assert.Single(_log.Entries, entry => entry.EventId == 9352); // once, not each time

        // More than four intervals without success.
        await ElapseAsync(1_920);
        _poller.Look();
        Assert.Contains(PeerAlarm.Overdue, Status().Alarms);
        Assert.Single(_log.Entries, entry => entry.EventId == 9353);

        _fetcher.Answer(Document(1, 480, _root));
        await ElapseAsync(480);
        _poller.Look();
        Assert.Empty(Status().Alarms);
        Assert.Single(_log.Entries, entry => entry.EventId == 9354);
    }

    [Fact]
    public async Task A_sequence_that_went_back_is_refused_and_told_until_an_administrator_takes_it()
    {
        await AddAsync();
        _fetcher.Answer(Document(5, 120, _root));
        await TickAsync();
        _fetcher.Answer(Document(4, 120, _next));
        await ElapseAsync(120);
        Assert.Equal((5UL, FetchFault.UpdateRefused), (Bundle().Sequence!.Value, Status().Standing.Fault));
        Assert.Contains("went back from 5 to 4", Status().Standing.Detail, StringComparison.Ordinal);
        Assert.Equal([PeerAlarm.UpdateRefused], Status().Alarms);

        _fetcher.Answer(Document(4, 120, _next));
        Assert.IsType<PollOutcome.Failed>(await _poller.PollAsync(Peers.Other, Cancellation)); // asking again takes nothing
        _fetcher.Answer(Document(4, 120, _next));
        var forced = await _poller.ForceAsync(Peers.Other, new("uid:0", "restored"), Cancellation);
        Assert.Equal(new PollOutcome.Updated(4), forced);
        Assert.Null(_fetcher.Questions[^1].Tag); // whatever it is, it is wanted whole
        Assert.Empty(Status().Alarms);
        Assert.Equal(("federation.bundle-forced", "uid:0"), (_store.Audit[^1].Action, _store.Audit[^1].Actor));
    }

    [Theory]
    [InlineData("{", nameof(FetchFault.MalformedDocument))]
    [InlineData("""{"keys":null}""", nameof(FetchFault.MalformedDocument))]
    [InlineData("huge", nameof(FetchFault.TooLarge))]
    public async Task What_is_no_bundle_changes_nothing(string text, string expected)
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 120, _root));
        await TickAsync();
        var document = text == "huge" ? new byte[FederationPlanner.MaxDocument + 1] : System.Text.Encoding.UTF8.GetBytes(text);
        _fetcher.Answer(new BundleAnswer.Fetched(document, null));
        Assert.Equal(expected, Assert.IsType<PollOutcome.Failed>(await _poller.PollAsync(Peers.Other, Cancellation)).Fault.ToString());
        Assert.Equal(1UL, Bundle().Sequence);
    }

    [Fact]
    public async Task What_comes_after_the_removal_is_dropped_and_nothing_of_the_domain_is_trusted()
    {
        await AddAsync();
        var held = _fetcher.Hold();
        _poller.StartDue(Cancellation);
        await _fetcher.Asked;
        await _register.ChangeAsync(stored => FederationPlanner.Remove(stored, Peers.Other, "uid:0", "", _clock.GetUtcNow()), Cancellation);
        held.SetResult(new BundleAnswer.Fetched(Document(1, 120, _root), null));
        await _poller.IdleAsync(Cancellation);
        Assert.Empty(_register.Current.Peers);
        Assert.Empty(_store.Federation.Peers);
        Assert.IsType<PollOutcome.Gone>(await _poller.PollAsync(Peers.Other, Cancellation));
    }

    [Fact]
    public async Task A_slow_peer_is_asked_once_and_holds_up_no_other()
    {
        await AddAsync();
        await AddAsync("third.org");
        var held = _fetcher.HoldFor("other.org");
        _fetcher.Answer(Document(1, 120, _root, "third.org"));
        _poller.StartDue(Cancellation);
        await _fetcher.Asked;
        await _register.WaitForAsync(3, Cancellation); // the other one's bundle came
        for (var i = 0; i < 3; i++)
        {
            _poller.StartDue(Cancellation);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        held.SetResult(new BundleAnswer.Failed(FetchFault.Unreachable, "late"));
        await _poller.IdleAsync(Cancellation);
        Assert.Equal(2, _fetcher.Questions.Count);
        Assert.Equal(1UL, _register.Current.Find(TrustDomain.Parse("third.org"))!.Bundle!.Sequence);
    }

    [Fact]
    public async Task No_more_than_eight_are_fetched_at_once()
    {
        for (var i = 0; i < FederationPoller.MaxAtOnce + 2; i++)
        {
            await AddAsync($"d{i}");
        }

        var gates = Enumerable.Range(0, FederationPoller.MaxAtOnce + 2).Select(_ => _fetcher.Hold()).ToList();
        _poller.StartDue(Cancellation);
        _poller.StartDue(Cancellation);
        Assert.Equal(FederationPoller.MaxAtOnce, _fetcher.Begun);
        gates.ForEach(gate => gate.SetResult(new BundleAnswer.Failed(FetchFault.Unreachable, "")));
        await _poller.IdleAsync(Cancellation);
        _poller.StartDue(Cancellation);
        await _poller.IdleAsync(Cancellation);
        Assert.Equal(FederationPoller.MaxAtOnce + 2, _fetcher.Questions.Count);
    }

    [Fact]
    public async Task S5_2_2_2_a_self_serving_endpoint_is_verified_by_the_newest_bundle_after_the_first()
    {
        await AddAsync(Peers.Order(Peers.Spiffe(), Document(1, 120, _root)));
        _fetcher.Answer(Document(2, 120, _next));
        await TickAsync();
        _fetcher.Answer(new BundleAnswer.NotModified());
        await ElapseAsync(120);
        Assert.True(_fetcher.Questions[0].Verifier!.Contains(_root.Certificate));
        Assert.False(_fetcher.Questions[1].Verifier!.Contains(_root.Certificate)); // never the first one again
        Assert.True(_fetcher.Questions[1].Verifier!.Contains(_next.Certificate));
    }

    [Fact]
    public async Task S5_2_2_2_an_endpoint_of_another_domain_is_verified_by_that_ones_bundle_alone()
    {
        await AddAsync("third.org");
        await AddAsync(Peers.Order(Peers.Spiffe(endpoint: "spiffe://third.org/x"), Document(1, 120, _root)));
        Assert.Equal(FetchFault.NoVerifier, Assert.IsType<PollOutcome.Failed>(await _poller.PollAsync(Peers.Other, Cancellation)).Fault);
        Assert.Empty(_fetcher.Questions); // nothing verifies it yet, so nobody is asked

        _fetcher.Answer(Document(1, 120, _next, "third.org"));
        await _poller.PollAsync(TrustDomain.Parse("third.org"), Cancellation);
        _fetcher.Answer(Document(2, 120, _root));
        await _poller.PollAsync(Peers.Other, Cancellation);
        Assert.Equal("third.org", _fetcher.Questions[^1].Verifier!.TrustDomain.Name);
        Assert.True(Assert.Single(_fetcher.Questions[^1].Verifier!.Authorities).Span.SequenceEqual(_next.Certificate));
    }

    [Fact]
    public async Task S5_2_2_2_an_endpoint_of_our_own_domain_is_verified_by_our_present_bundle()
    {
        using var rotator = new AuthorityRotator(new MemoryStore(), MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);
        await rotator.AdvanceAsync(Cancellation);
        _own = rotator.Current;
        await AddAsync(Peers.Order(Peers.Spiffe(endpoint: "spiffe://cluster.local/bundles")));
        _fetcher.Answer(Document(1, 120, _root));
        await TickAsync();
        Assert.Same(rotator.Current!.Bundle, _fetcher.Questions[^1].Verifier);
    }

    [Fact]
    public async Task A_relationship_that_came_back_is_fetched_at_once_whatever_became_of_it_before()
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 3_600, _root));
        await TickAsync();
        await RemoveAsync();
        await TickAsync();
        await AddAsync();
        _fetcher.Answer(Document(1, 3_600, _root));
        await TickAsync();
        Assert.Equal(2, _fetcher.Questions.Count);
    }

    [Fact]
    public async Task Who_waited_for_his_turn_finds_a_relationship_that_went_meanwhile_gone()
    {
        await AddAsync();
        var first = _fetcher.Hold();
        var (polling, waiting) = (_poller.PollAsync(Peers.Other, Cancellation), _poller.PollAsync(Peers.Other, Cancellation));
        await RemoveAsync();
        await _register.ChangeAsync(
            stored => FederationPlanner.Invite(stored, Peers.Other, Peers.OwnDomains, "hash", "uid:0", "", _clock.GetUtcNow()), Cancellation);
        first.SetResult(new BundleAnswer.Fetched(Document(1, 120, _root), null));
        Assert.IsType<PollOutcome.Gone>(await polling);
        Assert.IsType<PollOutcome.Gone>(await waiting);
        Assert.Single(_fetcher.Questions);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_not_in_force()
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 120, _root));
        _store.Fails = true;
        await TickAsync();
        Assert.Equal((null, FetchFault.StoreUnavailable), (_register.Current.Find(Peers.Other)!.Bundle, Status().Standing.Fault));
        _store.Fails = false;
        _fetcher.Answer(Document(1, 120, _root));
        await ElapseAsync(75);
        Assert.Equal(1UL, Bundle().Sequence);
    }

    [Fact]
    public async Task A_success_is_written_down_at_most_once_an_hour_and_without_audit()
    {
        await AddAsync();
        _fetcher.Answer(Document(1, 600, _root));
        await TickAsync();
        var (revision, audits) = (_store.Federation.Revision, _store.Audit.Count);
        for (var i = 0; i < 7; i++)
        {
            _fetcher.Answer(new BundleAnswer.NotModified());
            await ElapseAsync(600);
        }

        Assert.Equal((revision + 1, audits), (_store.Federation.Revision, _store.Audit.Count));
        Assert.Equal(TestAuthority.Now.AddHours(1), _store.Federation.Peers[0].CheckedAt);
    }

    [Fact]
    public async Task A_fault_of_ours_is_logged_and_tried_again_later()
    {
        await AddAsync();
        _fetcher.Hold().SetException(new InvalidOperationException("a bug"));
        await TickAsync();
        Assert.Single(_log.Entries, entry => entry.EventId == 9355);
        await ElapseAsync(74);
        Assert.Single(_fetcher.Questions);
        _fetcher.Answer(Document(1, 120, _root));
        await ElapseAsync(1);
        Assert.Equal(1UL, Bundle().Sequence);
    }

    [Fact]
    public async Task A_replaced_relationship_is_fetched_at_once_and_begins_anew()
    {
        await AddAsync();
        _fetcher.Answer(new BundleAnswer.Failed(FetchFault.Unreachable, ""));
        await TickAsync();
        await AddAsync(Peers.Order(Peers.Web(url: "https://elsewhere/")) with { Replaces = true });
        Assert.Equal(0, Status().Standing.Failures);
        _fetcher.Answer(Document(1, 120, _root));
        await TickAsync();
        Assert.Equal(new Uri("https://elsewhere/"), _fetcher.Questions[^1].Relationship.Url);
    }

    private Task AddAsync(string name = "other.org") => AddAsync(Peers.Order(Peers.Web(name)));

    private async Task AddAsync(FederationOrder order) => Assert.IsType<FederationPlan.Planned>(
        await _register.ChangeAsync(stored => FederationPlanner.Add(stored, order, Peers.OwnDomains, _clock.GetUtcNow()), Cancellation));

    private async Task RemoveAsync() => Assert.IsType<FederationPlan.Planned>(
        await _register.ChangeAsync(stored => FederationPlanner.Remove(stored, Peers.Other, "uid:0", "", _clock.GetUtcNow()), Cancellation));

    private async Task ElapseAsync(double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        await TickAsync();
    }

    private async Task TickAsync()
    {
        _poller.StartDue(Cancellation);
        await _poller.IdleAsync(Cancellation);
    }

    private PeerStatus Status() => _poller.StatusOf(_register.Current.Find(Peers.Other)!)!;

    private SpiffeIdentity.Bundles.TrustBundle Bundle() => _register.Current.Find(Peers.Other)!.Bundle!;

    private static byte[] Document(ulong sequence, int hint, TestAuthority authority, string name = "other.org") =>
        Peers.Document(name, sequence, TimeSpan.FromSeconds(hint), authority);

    private sealed class Authorities(FederationPollerTests tests) : IAuthoritySnapshots
    {
        public AuthoritySnapshot? Current => tests._own;
    }

    /// <summary>Answers what it was told, in that order; nobody answers after that.</summary>
    private sealed class FakeFetcher : IBundleFetcher
    {
        private readonly Lock _lock = new();
        private readonly Queue<TaskCompletionSource<BundleAnswer>> _answers = new();
        private readonly Dictionary<string, TaskCompletionSource<BundleAnswer>> _held = [];
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<BundleQuestion> Questions { get; } = [];

        public Task Asked => _asked.Task;

        public int Begun
        {
            get
            {
                SpinWait.SpinUntil(() => Count() >= FederationPoller.MaxAtOnce);
                return Count();
            }
        }

        public void Answer(byte[] document) => Answer(new BundleAnswer.Fetched(document, null));

        public void Answer(BundleAnswer answer) => Hold().SetResult(answer);

        public TaskCompletionSource<BundleAnswer> Hold()
        {
            var answer = new TaskCompletionSource<BundleAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            _answers.Enqueue(answer);
            return answer;
        }

        /// <summary>Answers one trust domain, whoever asks when.</summary>
        public TaskCompletionSource<BundleAnswer> HoldFor(string name) =>
            _held[name] = new TaskCompletionSource<BundleAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<BundleAnswer> FetchAsync(BundleQuestion question, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                Questions.Add(question);
                _asked.TrySetResult();
                return _held.TryGetValue(question.Relationship.TrustDomain.Name, out var answer) || _answers.TryDequeue(out answer)
                    ? answer.Task.WaitAsync(cancellationToken)
                    : Task.FromResult<BundleAnswer>(new BundleAnswer.Failed(FetchFault.Unreachable, "nobody answers"));
            }
        }

        private int Count()
        {
            lock (_lock)
            {
                return Questions.Count;
            }
        }
    }
}
