using System.Collections.Concurrent;

namespace MeshCA.IntegrationTests.Running;

/// <summary>The real clock, moved by an offset; its timers stay real, since the service's ports are.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private readonly ConcurrentDictionary<ElapsingTimer, bool> _timers = new();
    private long _offset;
    private long _passed;

    /// <summary>How far it stands ahead of the real one; negative for behind.</summary>
    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _offset));
        set => Volatile.Write(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Volatile.Read(ref _passed);

    /// <summary>Lets time pass, not only the clock jump; timers do not notice.</summary>
    public void Pass(TimeSpan time)
    {
        Interlocked.Add(ref _passed, time.Ticks);
        Offset += time;
    }

    /// <summary>Lets time pass: timers that fall due within it fire now, each once.</summary>
    public void Elapse(TimeSpan time)
    {
        Pass(time);
        foreach (var timer in _timers.Keys)
        {
            timer.Elapse(time);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ElapsingTimer(callback, state, ended => _timers.TryRemove(ended, out _));
        _timers[timer] = true;
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A real timer that can be moved nearer.</summary>
    private sealed class ElapsingTimer : ITimer
    {
        private readonly Lock _lock = new();
        private readonly ITimer _real;
        private readonly TimerCallback _callback;
        private readonly Action<ElapsingTimer> _ended;
        private TimeSpan _period;
        private DateTimeOffset? _due;

        public ElapsingTimer(TimerCallback callback, object? state, Action<ElapsingTimer> ended)
        {
            _callback = callback;
            _ended = ended;
            _real = System.CreateTimer(Fire, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _period = period;
                return Arm(dueTime);
            }
        }

        public void Elapse(TimeSpan time)
        {
            lock (_lock)
            {
                if (_due is { } due)
                {
                    var left = due - System.GetUtcNow() - time;
                    Arm(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                }
            }
        }

        public void Dispose()
        {
            _ended(this);
            _real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            _ended(this);
            return _real.DisposeAsync();
        }

        private bool Arm(TimeSpan dueTime)
        {
            _due = dueTime == Timeout.InfiniteTimeSpan ? null : System.GetUtcNow() + dueTime;
            return _real.Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        private void Fire(object? state)
        {
            lock (_lock)
            {
                // It may have been on its way already when it was moved.
                if (_due is null)
                {
                    return;
                }

                Arm(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
            }

            _callback(state);
        }
    }
}
