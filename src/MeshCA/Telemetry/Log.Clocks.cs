using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9500-9519: clocks, and orders that are done though not all of what follows is.</summary>
internal static partial class Log
{
    [LoggerMessage(9500, LogLevel.Warning, "the clock jumped ahead by {Jump}, or the machine slept: until it has gone as the machine counts for {Left} more, or is set back, no JWT key signs or leaves for its time, and no rotation of the root begins by itself")]
    public static partial void ClockDoubted(ILogger logger, TimeSpan jump, TimeSpan left);

    [LoggerMessage(9501, LogLevel.Error, "the clock says {Now:O} at the start, but the newest record is of {Newest:O}: nothing is issued and no authority changes until it is right")]
    public static partial void ClockBehindAtStart(ILogger logger, DateTimeOffset now, DateTimeOffset newest);

    [LoggerMessage(9502, LogLevel.Warning, "an order is done and durable, but how things stand after it cannot be measured: {Reason}")]
    public static partial void OrderUnmeasured(ILogger logger, string reason);

    [LoggerMessage(9503, LogLevel.Warning, "the shared state is written, but not this replica's copy of it, which is tried again before the next change: {Reason}")]
    public static partial void SharedStateNotMirrored(ILogger logger, string reason);
}
