namespace MeshCA.Telemetry;

/// <summary>Has what is wrong for long told once an hour, by the machine's count: a clock that is set back must not silence it.</summary>
internal sealed class Reminder(TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);
    private long? _toldAt;

    /// <summary>Whether it was not told within the last hour.</summary>
    public bool IsDue => _toldAt is not { } told || clock.GetElapsedTime(told) >= Pause;

    /// <summary>It is told now.</summary>
    public void Told() => _toldAt = clock.GetTimestamp();
}
