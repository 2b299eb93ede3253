using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Every log message of the service; numbers are never used twice.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "sending traces to {Endpoint}, keeping a share of {Ratio}")]
    public static partial void TracingStarted(ILogger logger, string endpoint, double ratio);

    [LoggerMessage(1101, LogLevel.Warning, "metric {Metric} has {Limit} series; further label values are summed up as `other`")]
    public static partial void SeriesLimitReached(ILogger logger, string metric, int limit);

    [LoggerMessage(1102, LogLevel.Warning, "a metric could not be observed")]
    public static partial void ObservationFailed(ILogger logger, Exception exception);
}
