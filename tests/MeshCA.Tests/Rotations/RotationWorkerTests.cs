using MeshCA.Authorities;
using MeshCA.Rotations;
using MeshCA.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>What the worker does at each interval, and whom it tells.</summary>
public sealed class RotationWorkerTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Warning = TimeSpan.FromDays(180);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(15);

    private readonly MeshModel _mesh = new();
    private readonly RecordingLogger _log = new();
    private readonly TestMeterFactory _meters = new();
    private volatile bool _mayStep = true;
    private int _asked;

    private static AuthorityLife Root { get; } = new(
        "r", AuthorityKind.Root, AuthorityState.Active, "r", StoreSamples.Now, StoreSamples.Now.AddDays(3650));

    public void Dispose()
    {
        _mesh.Dispose();
        _meters.Dispose();
    }

    // days to the end of the active root, phase of the rotation under way or empty, its age in days
    [Theory]
    [InlineData(180, "", 0, nameof(RootAlarm.None))]
    [InlineData(179, "", 0, nameof(RootAlarm.NoRotation))]
    [InlineData(-1, "", 0, nameof(RootAlarm.NoRotation))]
    [InlineData(179, nameof(RotationPhase.Distributing), 14, nameof(RootAlarm.None))]
    [InlineData(179, nameof(RotationPhase.Distributing), 15, nameof(RootAlarm.RotationWaits))]
    [InlineData(181, nameof(RotationPhase.Distributing), 15, nameof(RootAlarm.None))]
    [InlineData(179, nameof(RotationPhase.Withdrawing), 15, nameof(RootAlarm.RotationWaits))]
    [InlineData(179, nameof(RotationPhase.Draining), 400, nameof(RootAlarm.None))]
    public void A_root_near_its_end_is_an_alarm_where_nothing_replaces_it(int left, string phase, int age, string alarm)
    {
        var now = Root.NotAfter.AddDays(-left);
        var rotation = phase.Length == 0 ? null : new RotationRecord
        {
            Number = 1,
            Phase = Enum.Parse<RotationPhase>(phase),
            OldRoot = "r",
            NewRoot = "s",
            StartedAt = now.AddDays(-age),
            PhaseSince = now.AddDays(-age),
            Actor = "uid:0",
            TargetSequence = 2,
        };
        Assert.Equal(alarm, RotationSchedule.AlarmOf(Root, rotation, Warning, Longest, now).ToString());
    }

    [Fact]
    public async Task A_rotation_that_nobody_ends_is_told_of_once_an_hour_while_the_root_nears_its_end()
    {
        await _mesh.AdvanceAsync();
        _mesh.Clock.Advance(TimeSpan.FromDays(3650 - 100));
        using var worker = Worker();
        await worker.StartAsync(default);
        await UntilLoggedAsync(5014);
        _mesh.Consumers.Add(0); // never acknowledges
        await _mesh.Coordinator.BeginAsync(isManual: false, new(_mesh.Clock.GetUtcNow(), "uid:0"), default);
        await UntilLoggedAsync(9492);
        var begun = _mesh.Authorities.Rotation!.StartedAt;
        await UntilLoggedAsync(9492, 3);
        await worker.StopAsync(default);
        Assert.InRange(Count(9492) - 1, 2, (_mesh.Clock.GetUtcNow() - begun - Longest) / TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_step_that_fails_is_taken_at_the_next_interval_and_a_halt_is_told()
    {
        await _mesh.AdvanceAsync();
        await _mesh.Coordinator.BeginAsync(isManual: false, new(_mesh.Clock.GetUtcNow(), "uid:0"), default);
        using var worker = Worker();
        await worker.StartAsync(default);
        _mesh.Store.Fails = true;
        await UntilLoggedAsync(5013);
        _mesh.Store.Fails = false;
        _mesh.Clock.Jump(TimeSpan.FromDays(2));
        await UntilLoggedAsync(5012);
        Assert.StartsWith("the clock jumped ahead by ", _mesh.Authorities.Rotation!.Hold!.Reason, StringComparison.Ordinal);
        Assert.Equal(RotationPhase.Distributing, _mesh.Authorities.Rotation.Phase);
        await worker.StopAsync(default);
    }

    // A tick that falls due while a step runs is not lost: what came meanwhile is looked at at once, and not an interval later.
    [Fact]
    public async Task What_falls_due_while_a_step_runs_is_done_right_after_it()
    {
        await _mesh.AdvanceAsync();
        await _mesh.Coordinator.BeginAsync(isManual: false, new(_mesh.Clock.GetUtcNow(), "uid:0"), default);
        _mesh.Consumers.Add(0);
        var (entered, goesOn, again) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        _mesh.Measured = async () =>
        {
            entered.SetResult();
            await goesOn.Task;
            _mesh.Measured = () =>
            {
                again.SetResult();
                return Task.CompletedTask;
            };
        };
        using var worker = Worker();
        await worker.StartAsync(default);
        while (!entered.Task.IsCompleted)
        {
            _mesh.Clock.Advance(Interval);
            await Task.Yield();
        }

        _mesh.Clock.Advance(Interval);
        goesOn.SetResult();
        await again.Task; // no time passes any more
        await worker.StopAsync(default);
    }

    // An alarm that was told by a clock far ahead must not be silent once that is set right.
    [Fact]
    public async Task The_alarm_is_told_again_an_hour_later_also_where_the_clock_was_set_back_meanwhile()
    {
        await _mesh.AdvanceAsync();
        var root = _mesh.Authorities.Authorities.Single(a => a.Kind == AuthorityKind.Root);
        using var worker = Worker();
        await worker.StartAsync(default);
        _mesh.Clock.Jump(CertificateEnd.Of(root.Certificate) - _mesh.Clock.GetUtcNow());
        await TickUntilAsync(() => Count(5014) >= 1);
        _mesh.Clock.Jump(-(Warning / 2));
        await TickUntilAsync(() => Count(5014) >= 2);
        await worker.StopAsync(default);
        Assert.True(_mesh.Clock.GetUtcNow() < CertificateEnd.Of(root.Certificate));
    }

    [Fact]
    public async Task A_standby_dates_a_jump_from_when_it_saw_it_and_halts_no_rotation_for_it_that_began_later()
    {
        await _mesh.AdvanceAsync();
        using var worker = Worker(() => _mayStep);
        _mayStep = false;
        await worker.StartAsync(default);
        _mesh.Clock.Jump(TimeSpan.FromHours(2));
        await LookedAsync();
        _mesh.Clock.Advance(TimeSpan.FromHours(2));
        await LookedAsync();
        await _mesh.Coordinator.BeginAsync(isManual: false, new(_mesh.Clock.GetUtcNow(), "uid:0"), default);
        _mesh.Consumers.Add(0);
        _mayStep = true;
        var measured = new TaskCompletionSource();
        _mesh.Measured = () =>
        {
            measured.SetResult();
            return Task.CompletedTask;
        };
        await TickUntilAsync(() => measured.Task.IsCompleted);
        await worker.StopAsync(default);
        Assert.Null(_mesh.Authorities.Rotation!.Hold);

        // The third time it is asked it has looked once at least from beginning to end.
        Task LookedAsync()
        {
            var asked = Volatile.Read(ref _asked);
            return TickUntilAsync(() => Volatile.Read(ref _asked) >= asked + 3);
        }
    }

    // One interval after the other, each once the worker has come to it: on a busy machine too it sees all of them.
    private async Task TickUntilAsync(Func<bool> isSo)
    {
        while (_mesh.Clock.TimerCount == 0)
        {
            await Task.Yield();
        }

        while (!isSo())
        {
            var asked = Volatile.Read(ref _asked);
            _mesh.Clock.Advance(Interval);
            while (Volatile.Read(ref _asked) == asked)
            {
                await Task.Yield();
            }
        }
    }

    private int Count(int eventId) => _log.Entries.Count(entry => entry.EventId == eventId);

    private async Task UntilLoggedAsync(int eventId, int times = 1)
    {
        while (Count(eventId) < times)
        {
            _mesh.Clock.Advance(Interval);
            await Task.Yield();
        }
    }

    private RotationWorker Worker(Func<bool>? mayStep = null)
    {
        // Nothing is served here.
        var serving = new ServingCertificate(
            new NoAuthorities(),
            new ServingIssuer(_mesh.Store, TimeSpan.Zero, _mesh.Clock),
            files: null,
            ["localhost"],
            TimeSpan.FromDays(1),
            _mesh.Clock,
            NullLogger<ServingCertificate>.Instance);
        return new(_mesh.Coordinator, serving, new RotationMetrics(_meters), Interval, Warning, _mesh.Clock, new Logger<RotationWorker>(_log))
        {
            LongestRotation = Longest,
            MayStep = () =>
            {
                Interlocked.Increment(ref _asked);
                return mayStep?.Invoke() ?? true;
            },
        };
    }

    private sealed class NoAuthorities : IAuthoritySnapshots
    {
        public AuthoritySnapshot? Current => null;
    }
}
