namespace MeshCA.Rotations;

/// <summary>Holds the clock against the machine's count of elapsed time: a clock that jumps ahead makes certificates look expired that are not.</summary>
/// <remarks>
/// A machine that slept looks the same, and is no different matter: what was to happen meanwhile did not. A clock that was wrong when the
/// process began is not seen, for there is nothing to hold it against.
/// </remarks>
internal sealed class ClockWatch
{
    /// <summary>By how much the clock may run ahead: more than it is ever slewed by, less than any certificate's life is shortened by that matters.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _beganAt;
    private readonly long _began;
    private TimeSpan _accepted;

    /// <summary>Begins to watch.</summary>
    public ClockWatch(TimeProvider clock)
    {
        _clock = clock;
        (_beganAt, _began) = (clock.GetUtcNow(), clock.GetTimestamp());
    }

    /// <summary>How far the clock jumped ahead since that was last accepted; null where it did not.</summary>
    public TimeSpan? Jump()
    {
        lock (_lock)
        {
            var (least, most) = Ahead();
            if (most < _accepted)
            {
                _accepted = most; // set back: from there it may jump again
            }

            return least - _accepted > Tolerance ? least - _accepted : null;
        }
    }

    /// <summary>Whether the clock goes as it did when the process began: where not, nothing is thrown away that it says is over.</summary>
    /// <remarks>An operator's word for a rotation is none for this: what is kept too long costs a little room.</remarks>
    public bool IsPlausible() => Ahead().Least <= Tolerance;

    /// <summary>The clock is taken for right as it is now.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            _accepted = Ahead().Most;
        }
    }

    // Between two looks this thread may stand still for any time; what is said is true of that, too.
    private (TimeSpan Least, TimeSpan Most) Ahead()
    {
        var before = _clock.GetElapsedTime(_began);
        var passed = _clock.GetUtcNow() - _beganAt;
        return (passed - _clock.GetElapsedTime(_began), passed - before);
    }
}
