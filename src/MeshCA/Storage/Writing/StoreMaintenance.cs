using MeshCA.Configuration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Looks after a store that nobody writes to.</summary>
/// <remarks>
/// An idle service must notice a full or read-only disk before the first request does, and one that went unready gets no
/// requests that would try again. Where records are written, they show all that, and nothing is written besides.
/// </remarks>
internal sealed class StoreMaintenance : IAsyncDisposable
{
    private readonly StoreWriter _writer;
    private readonly StorageOptions _options;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _signedAt;
    private long _commits;
    private Task _probe = Task.CompletedTask;

    /// <summary>Starts the timer.</summary>
    public StoreMaintenance(StoreWriter writer, StorageOptions options, TimeProvider clock)
    {
        _writer = writer;
        _options = options;
        _clock = clock;
        _signedAt = StoredTime.ToMicroseconds(clock.GetUtcNow());
        _timer = clock.CreateTimer(_ => Look(), null, options.ProbeInterval, options.ProbeInterval);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        var now = _clock.GetUtcNow();
        var state = _writer.State;
        if (IsProbeDue(now, state))
        {
            // Waited for by the next look only: where the disk hangs, one probe waits and not one for each look.
            _probe = _writer.WriteAsync(new ProbeWrite(now, _options.MaxClockStep), default);
        }

        if (_writer.Health.IsReady && IsCheckpointDue(now, state))
        {
            _writer.Post(new CheckpointWrite(CheckpointReason.Interval));
        }
    }

    private bool IsProbeDue(DateTimeOffset now, StoreState state)
    {
        var commits = _writer.Commits;
        var isIdle = commits == Interlocked.Exchange(ref _commits, commits);
        var isClockNews = state.IsClockBehind(StoredTime.ToMicroseconds(now), _options.MaxClockStep) != state.ClockIsBehind;
        return (isIdle || isClockNews || !_writer.Health.IsReady) && _probe.IsCompleted;
    }

    private bool IsCheckpointDue(DateTimeOffset now, StoreState state)
    {
        _signedAt = Math.Max(_signedAt, state.Checkpoint?.Time ?? 0);
        return state.Unsigned > 0
            && StoredTime.ToMicroseconds(now - _options.CheckpointMaxAge) >= _signedAt;
    }
}
