namespace MeshCA.Agent.Identities;

/// <summary>A time to come, by the clock or by the machine's count, whichever is there first.</summary>
/// <remarks>
/// By the clock alone a wait that began while it was ahead would last until then once it is set back, as on machines that are set over the
/// network only after they started; by the count alone a machine that slept would be late.
/// </remarks>
internal sealed class DueTime
{
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly TimeSpan _wait;

    /// <summary>Begins to count.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="at">The time; it may be over.</param>
    public DueTime(TimeProvider clock, DateTimeOffset at)
    {
        (_clock, At) = (clock, at);
        (_began, _wait) = (clock.GetTimestamp(), at - clock.GetUtcNow());
    }

    /// <summary>The time.</summary>
    public DateTimeOffset At { get; }

    /// <summary>How long it still takes; not above zero where it is over.</summary>
    public TimeSpan Left
    {
        get
        {
            var (byClock, byCount) = (At - _clock.GetUtcNow(), _wait - _clock.GetElapsedTime(_began));
            return byClock < byCount ? byClock : byCount;
        }
    }

    /// <summary>Whether it is over.</summary>
    public bool IsOver => Left <= TimeSpan.Zero;
}
