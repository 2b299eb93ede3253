namespace MeshCA.IntegrationTests.Running;

/// <summary>The real clock, moved by an offset; its timers stay real, since the service's ports are.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _offset;

    /// <summary>How far it stands ahead of the real one; negative for behind.</summary>
    public TimeSpan Offset
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _offset));
        set => Volatile.Write(ref _offset, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
