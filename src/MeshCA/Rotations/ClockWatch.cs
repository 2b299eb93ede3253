namespace MeshCA.Rotations;

/// <summary>Holds the clock against the machine's count of elapsed time: a clock that jumps ahead makes certificates look expired that are not.</summary>
/// <remarks>
/// A machine that slept looks the same, and is no different matter: what was to happen meanwhile did not. That a clock was ahead when the
/// process began is not seen, for there is nothing to hold it against; that it was behind is, by the newest record.
/// </remarks>
internal sealed class ClockWatch
{
    /// <summary>By how much the clock may run ahead: more than it is ever slewed by, less than any certificate's life is shortened by that matters.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>For how long a clock that jumped is doubted at least: longer than services that keep time wait between two looks (2,048 seconds at most).</summary>
    public static readonly TimeSpan LeastDoubt = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private DateTimeOffset _beganAt;
    private long _began;
    private TimeSpan _accepted;
    private TimeSpan _believed;
    private TimeSpan _seen;
    private long _seenAt;
    private bool _isBehind;

    /// <summary>Begins to watch.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="newestRecord">The newest time that was written down before: it is that late at least. Null: nothing was.</param>
    public ClockWatch(TimeProvider clock, DateTimeOffset? newestRecord = null)
    {
        _clock = clock;
        (var now, _began) = (clock.GetUtcNow(), clock.GetTimestamp());
        _isBehind = newestRecord > now;
        _beganAt = _isBehind ? newestRecord!.Value : now; // not null: it is greater
        _seenAt = _began;
    }

    /// <summary>For how long a clock that jumped has to go as the machine counts before it is believed, if the jump was no longer than that.</summary>
    public TimeSpan Patience { get; init; } = LeastDoubt;

    /// <summary>Whether the clock has been behind the newest record since the beginning.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock)
            {
                _ = Look();
                return _isBehind;
            }
        }
    }

    /// <summary>How far the clock jumped ahead since that was last accepted; null where it did not.</summary>
    public TimeSpan? Jump()
    {
        lock (_lock)
        {
            var (least, most) = Look();
            if (most < _accepted)
            {
                _accepted = most; // set back: from there it may jump again
            }

            return least - _accepted > Tolerance ? least - _accepted : null;
        }
    }

    /// <summary>The clock is taken for right as it is now.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            _accepted = Look().Most;
        }
    }

    /// <summary>The clock is taken for right as it is now, unless it is in doubt: for times at which nothing waits for it.</summary>
    public void AcceptBelieved()
    {
        lock (_lock)
        {
            if (DoubtNow() is null)
            {
                _accepted = Look().Most;
            }
        }
    }

    /// <summary>A jump ahead that is not proven right yet.</summary>
    /// <returns>Null where there was none, it was taken back, or the clock went on as the machine counts for as long as it had jumped and for
    /// <see cref="Patience"/> at least.</returns>
    /// <remarks>A jump is dated from the first call that sees it, so who relies on this calls often.</remarks>
    public ClockDoubt? Doubt()
    {
        lock (_lock)
        {
            return DoubtNow();
        }
    }

    /// <summary>The earliest that it can be: what the clock said at the beginning and what the machine counted since, or the clock where that is behind.</summary>
    /// <remarks>
    /// By this time nothing is thrown away too early, if the clock was not ahead at the beginning. Nobody's word and no wait makes up for a
    /// jump here: what is kept for too long costs a little room.
    /// </remarks>
    public DateTimeOffset Earliest()
    {
        lock (_lock)
        {
            _ = Look();
            var counted = _beganAt + _clock.GetElapsedTime(_began);
            var now = _clock.GetUtcNow();
            return now < counted ? now : counted;
        }
    }

    private ClockDoubt? DoubtNow()
    {
        var jump = Look().Least - _believed;
        if (jump <= Tolerance)
        {
            return null;
        }

        var (agreed, needed) = (_clock.GetElapsedTime(_seenAt), jump > Patience ? jump : Patience);
        return agreed < needed ? new(jump, agreed, needed) : null;
    }

    private (TimeSpan Least, TimeSpan Most) Look()
    {
        var (least, most) = Ahead();
        if (_isBehind && least < TimeSpan.Zero)
        {
            var now = _clock.GetUtcNow();
            if (now < _beganAt)
            {
                // Wrong from the beginning: how far it leaps once it is set says nothing, only how far beyond what was written down.
                return (TimeSpan.Zero, TimeSpan.Zero);
            }

            // It came there by itself, or was set so: from here on it is held against the count.
            (_beganAt, _began, least, most) = (now, _clock.GetTimestamp(), TimeSpan.Zero, TimeSpan.Zero);
        }

        _isBehind = false;
        if (least - _seen > Tolerance || _seen - most > Tolerance)
        {
            var before = _seen - _believed;
            if (_clock.GetElapsedTime(_seenAt) >= (before > Patience ? before : Patience))
            {
                _believed = _seen; // proven before it moved again
            }

            (_seen, _seenAt) = (least, _clock.GetTimestamp());
        }

        if (most < _believed)
        {
            _believed = most; // set back: from there it may jump again
        }

        return (least, most);
    }

    // Between two looks this thread may stand still for any time; what is said is true of that, too.
    private (TimeSpan Least, TimeSpan Most) Ahead()
    {
        var before = _clock.GetElapsedTime(_began);
        var passed = _clock.GetUtcNow() - _beganAt;
        return (passed - _clock.GetElapsedTime(_began), passed - before);
    }
}

/// <summary>A jump of the clock that is not proven right.</summary>
/// <param name="Jump">How far it went ahead.</param>
/// <param name="Agreed">For how long it has gone as the machine counts since.</param>
/// <param name="Needed">For how long it has to.</param>
internal sealed record ClockDoubt(TimeSpan Jump, TimeSpan Agreed, TimeSpan Needed)
{
    /// <summary>How long that still takes.</summary>
    public TimeSpan Left => Needed - Agreed;
}
