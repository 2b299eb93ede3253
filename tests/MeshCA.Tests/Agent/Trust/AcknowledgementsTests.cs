using System.Threading.Channels;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Trust;
using MeshCA.Agent.Uptake;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class AcknowledgementsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly AppliedStates _applied = new();
    private readonly AgentStateStore _states = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly TestMeterFactory _meters = new();
    private readonly SampleIdentities _own = new();
    private readonly SampleIdentities _other = new();
    private readonly Channel<Acknowledgement> _told = Channel.CreateUnbounded<Acknowledgement>();
    private readonly CancellationTokenSource _end = new();
    private readonly WorkloadUptake _uptake;
    private readonly Acknowledgements _acknowledgements;
    private Task _running = Task.CompletedTask;

    public AcknowledgementsTests()
    {
        _uptake = new(
            _states,
            new FixedRegistrations(SampleIdentities.Entry("web")),
            new WorkloadOptions { AcknowledgeWithin = Patience },
            new WorkloadMetrics(_meters),
            _clock,
            NullLogger<WorkloadUptake>.Instance);
        _acknowledgements = new(_applied, _uptake, Patience, _clock, _log);
    }

    public async ValueTask InitializeAsync() => await _uptake.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.IsCompletedSuccessfully ? throw new OperationCanceledException() : _running);
        await _uptake.StopAsync(CancellationToken.None);
        _uptake.Dispose();
        _end.Dispose();
        _meters.Dispose();
        _own.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_bundle_is_acknowledged_only_once_files_have_the_state_that_has_it()
    {
        var files = _applied.Add("files in /x");
        Run();
        var revision = await ServeAsync(_own.Bundle, 7);
        files.Applied(revision - 1);
        await Yielding.ToOthersAsync();
        Assert.False(_told.Reader.TryRead(out _));
        Assert.Equal(0UL, _acknowledgements.Acknowledged);

        files.Applied(revision);
        Assert.Equal(new Acknowledgement.InUse(7), await NextAsync());
        Assert.Equal(7UL, _acknowledgements.Acknowledged);
    }

    [Fact]
    public async Task What_came_on_an_earlier_stream_is_not_acknowledged_on_the_next()
    {
        _acknowledgements.Add(7, revision: 0, takesBehind: true, _own.Bundle.X509.Digest);
        Run();
        await ServeAsync(_own.Bundle, 8);

        Assert.Equal(new Acknowledgement.InUse(8), await NextAsync());
        Assert.False(_told.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_bundle_is_acknowledged_once_the_workloads_have_its_roots()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 1);
        seat.Report(new(_own.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(1), await NextAsync());

        await ServeAsync(_other.Bundle, 2);
        Assert.False(_told.Reader.TryRead(out _));
        seat.Report(new(_other.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(2), await NextAsync());
    }

    [Fact]
    public async Task A_sequence_with_the_same_roots_waits_for_no_workload()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 1);
        seat.Report(new(_own.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(1), await NextAsync());
        await ServeAsync(_own.Bundle, 2);

        Assert.Equal(new Acknowledgement.InUse(2), await NextAsync());
    }

    [Fact]
    public async Task Who_is_slow_is_named_after_a_while_and_what_is_held_for_long_is_logged_once()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 1);
        var behind = Assert.IsType<Acknowledgement.Behind>(await NextAsync(advance: true));
        Assert.Equal((1UL, 1), (behind.Sequence, behind.Count));
        Assert.Equal("SDS, process 12 of user 1000 (sidecar), entry web: has not taken the bundle", Assert.Single(behind.Examples));

        // Its stream is ended then, and the bundle acknowledged.
        Assert.Equal(new Acknowledgement.InUse(1), await NextAsync(advance: true));
        Assert.True(seat.IsGivenUp);
        Assert.True(_log.Entries.Count(entry => entry.EventId == 9470) <= 1);
    }

    [Fact]
    public async Task Files_that_are_not_written_are_named_too_and_a_long_wait_is_logged_with_its_end()
    {
        var files = _applied.Add("files in /x");
        Run();
        var revision = await ServeAsync(_own.Bundle, 1);
        Assert.Equal(new Acknowledgement.Behind(1, 1, ["files in /x"]), await NextAsync(advance: true));
        await UntilAsync(() => _log.Entries.Any(entry => entry.EventId == 9470));

        files.Applied(revision);
        Assert.Equal(new Acknowledgement.InUse(1), await NextAsync(advance: true));
        Assert.Single(_log.Entries, entry => entry.EventId == 9470);
        Assert.Single(_log.Entries, entry => entry.EventId == 9472);
    }

    [Fact]
    public async Task A_refusal_is_told_at_once_takes_back_what_was_acknowledged_and_is_mended_by_the_next_answer()
    {
        Run();
        await ServeAsync(_own.Bundle, 5);
        Assert.Equal(new Acknowledgement.InUse(5), await NextAsync());
        using var seat = Join();
        seat.Report(new(null, _own.Bundle.X509.Digest, "no such curve"));
        var behind = Assert.IsType<Acknowledgement.Behind>(await NextAsync());
        Assert.Contains("refuses the bundle: no such curve", Assert.Single(behind.Examples), StringComparison.Ordinal);
        Assert.Equal(0UL, behind.StillInUse); // it shows no other roots, and nothing was acknowledged before
        await UntilAsync(() => _acknowledgements.Acknowledged == 0);
        Assert.Single(_log.Entries, entry => entry.EventId == 9474);

        seat.Report(new(_own.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(5), await NextAsync(advance: true));
    }

    // Made up numbers were told before: the sequence less one, which may never have been in use, or never have been.
    [Fact]
    public async Task What_is_taken_back_leaves_what_is_known_to_be_in_use()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 3);
        seat.Report(new(_own.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(3), await NextAsync());
        await ServeAsync(_other.Bundle, 9);
        seat.Report(new(_other.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(9), await NextAsync());

        seat.Report(new(_own.Bundle.X509.Digest, _other.Bundle.X509.Digest, "no such curve"));
        Assert.Equal(3UL, Assert.IsType<Acknowledgement.Behind>(await NextAsync()).StillInUse);
        await UntilAsync(() => _acknowledgements.Acknowledged == 3);
    }

    // Else the next stream would open with what was taken back, and the CA believe it.
    [Fact]
    public async Task What_is_left_in_use_counts_here_too_where_it_is_less_than_what_was_acknowledged_before()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 9);
        seat.Report(new(_own.Bundle.X509.Digest, null, ""));
        Assert.Equal(new Acknowledgement.InUse(9), await NextAsync());
        await ServeAsync(_other.Bundle, 10);
        seat.Report(new(null, _other.Bundle.X509.Digest, "no such curve")); // and nobody knows what it verifies by
        ulong? left;
        do
        {
            left = Assert.IsType<Acknowledgement.Behind>(await NextAsync(advance: true)).StillInUse;
        }
        while (left != 0);
        await UntilAsync(() => _acknowledgements.Acknowledged == 0);
        Assert.DoesNotContain(_log.Entries, entry => entry.EventId == 9474); // 10 was never acknowledged
    }

    [Fact]
    public async Task A_ca_that_takes_no_word_of_those_who_lack_a_bundle_gets_none()
    {
        Run();
        using var seat = Join();
        await ServeAsync(_own.Bundle, 1, takesBehind: false);
        seat.Report(new(null, _own.Bundle.X509.Digest, "no"));
        await UntilAsync(() => _log.Entries.Any(entry => entry.EventId == 9470));
        Assert.False(_told.Reader.TryRead(out _));

        seat.Dispose();
        Assert.Equal(new Acknowledgement.InUse(1), await NextAsync());
    }

    [Fact]
    public async Task Who_has_no_entry_holds_nothing_up()
    {
        using var uptake = new WorkloadUptake(
            _states, new FixedRegistrations(), new WorkloadOptions(), new WorkloadMetrics(_meters), _clock, NullLogger<WorkloadUptake>.Instance);
        await uptake.StartAsync(TestContext.Current.CancellationToken);
        using var seat = uptake.Join(UptakeKind.Secrets, new WorkloadConnection(new(12, 1000, 1000)), "", () => Task.CompletedTask);
        seat.Report(new(null, _own.Bundle.X509.Digest, "no"));
        var revision = _states.Publish(state => state with { Bundle = _own.Bundle with { Sequence = 1 } }).Revision;
        await UntilAsync(() => uptake.Look().State.Revision == revision);

        Assert.True(uptake.Look().State.IsInUse);
        Assert.Empty(uptake.Lacking(10));
        await uptake.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stream_that_ends_by_itself_when_it_is_given_up_keeps_no_other_from_being_ended()
    {
        var ended = 0;
        Func<Task> end = () => throw (Interlocked.Increment(ref ended) == 2
            ? new InvalidOperationException("a callback failed")
            : new ObjectDisposedException("ending"));
        var seats = Enumerable.Range(1, 3)
            .Select(process => _uptake.Join(UptakeKind.Secrets, new WorkloadConnection(new(process, 1000, 1000)), "", end)).ToList();
        seats.ForEach(seat => seat.Report(UptakeReport.None));
        _states.Publish(state => state with { Bundle = _own.Bundle with { Sequence = 1 } });
        await UntilAsync(() => seats.TrueForAll(seat => seat.IsGivenUp));
        await UntilAsync(() => Volatile.Read(ref ended) == 3);
    }

    // Bundles may be for everybody, and then a stream outlives its entry.
    [Fact]
    public async Task A_stream_counts_from_when_its_caller_has_an_entry_until_it_has_none()
    {
        var entries = new ChangingEntries();
        using var uptake = new WorkloadUptake(
            _states, entries, new WorkloadOptions(), new WorkloadMetrics(_meters), _clock, NullLogger<WorkloadUptake>.Instance);
        await uptake.StartAsync(TestContext.Current.CancellationToken);
        var revision = _states.Publish(state => state with { Bundle = _own.Bundle with { Sequence = 1 } }).Revision;
        await UntilAsync(() => uptake.Look().State.Revision == revision);
        using var seat = uptake.Join(UptakeKind.Secrets, new WorkloadConnection(new(12, 1000, 1000)), "", () => Task.CompletedTask);
        var refusal = new UptakeReport(null, _own.Bundle.X509.Digest, "no");
        seat.Report(refusal);
        Assert.True(uptake.Look().State.IsInUse);

        entries.Current = new(2, [SampleIdentities.Entry("web")]);
        seat.Report(refusal);
        Assert.False(uptake.Look().State.IsInUse);
        entries.Current = new(3, []);
        seat.Report(refusal);
        Assert.True(uptake.Look().State.IsInUse);
        await uptake.StopAsync(TestContext.Current.CancellationToken);
    }

    // It could hold a rotation up for ever; the service waits for no banned identity either.
    [Fact]
    public async Task A_banned_workload_holds_nothing_up_from_when_it_is_looked_at_again()
    {
        using var uptake = new WorkloadUptake(
            _states,
            new FixedRegistrations(SampleIdentities.Entry("web", "spiffe://cluster.local/web")),
            new WorkloadOptions(), new WorkloadMetrics(_meters), _clock, NullLogger<WorkloadUptake>.Instance);
        await uptake.StartAsync(TestContext.Current.CancellationToken);
        var revision = _states.Publish(state => state with { Bundle = _own.Bundle with { Sequence = 1 } }).Revision;
        await UntilAsync(() => uptake.Look().State.Revision == revision);
        using var seat = uptake.Join(UptakeKind.Secrets, new WorkloadConnection(new(12, 1000, 1000)), "", () => Task.CompletedTask);
        var refusal = new UptakeReport(null, _own.Bundle.X509.Digest, "no");
        seat.Report(refusal);
        Assert.False(uptake.Look().State.IsInUse);

        _states.Publish(state => state with { Bans = SampleIdentities.Banned("spiffe://cluster.local/web") });
        seat.Report(refusal);
        Assert.True(uptake.Look().State.IsInUse);
        await uptake.StopAsync(TestContext.Current.CancellationToken);
    }

    private void Run() => _running = _acknowledgements.RunAsync(
        (word, cancellationToken) => _told.Writer.WriteAsync(word, cancellationToken).AsTask(), _end.Token);

    private UptakeSeat Join()
    {
        var seat = _uptake.Join(UptakeKind.Secrets, new WorkloadConnection(new(12, 1000, 1000)), "sidecar", () => Task.CompletedTask);
        seat.Report(UptakeReport.None);
        return seat;
    }

    private async Task<long> ServeAsync(TrustBundle bundle, ulong sequence, bool takesBehind = true)
    {
        var revision = _states.Publish(state => state with { Bundle = bundle with { Sequence = sequence } }).Revision;
        await UntilAsync(() => _uptake.Look().State.Revision == revision);
        _acknowledgements.Add(sequence, revision, takesBehind, bundle.X509.Digest);
        return revision;
    }

    private async Task<Acknowledgement> NextAsync(bool advance = false)
    {
        var next = _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        await (advance ? UntilAsync(() => next.IsCompleted) : Task.CompletedTask);
        return await next;
    }

    // The clock goes on for as long as others take to see it.
    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private sealed class ChangingEntries : IRegistrations
    {
        public RegistrationSet Current { get; set; } = new(1, []);

        public Task<RegistrationSet> NewerThanAsync(long revision, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
