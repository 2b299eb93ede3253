using MeshCA.Configuration;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Looks after a store that nobody writes to: a service that went unready gets no requests that would try again.</summary>
internal sealed class StoreMaintenance : IAsyncDisposable
{
    private readonly StoreWriter _writer;
    private readonly StorageOptions _options;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _signedAt;

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
        if (!_writer.Health.IsReady || state.IsClockBehind(StoredTime.ToMicroseconds(now), _options.MaxClockStep) != state.ClockIsBehind)
        {
            _writer.Post(new ProbeWrite(now, _options.MaxClockStep));
        }
        else if (IsCheckpointDue(now, state))
        {
            _writer.Post(new CheckpointWrite(CheckpointReason.Interval));
        }
    }

    private bool IsCheckpointDue(DateTimeOffset now, StoreState state)
    {
        _signedAt = Math.Max(_signedAt, state.Checkpoint?.Time ?? 0);
        return state.Unsigned > 0
            && StoredTime.ToMicroseconds(now - _options.CheckpointMaxAge) >= _signedAt;
    }
}
