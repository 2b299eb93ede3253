using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8150-8199: the decision log.</summary>
internal static partial class Log
{
    /// <summary>A record itself. It goes to the collector of the decision log only, never to the service's own log.</summary>
    [LoggerMessage(8150, LogLevel.Information, "{Record}")]
    public static partial void DecisionMade(ILogger decisions, string record);

    [LoggerMessage(8151, LogLevel.Error, "the decision log cannot be written: {Fault}; decisions go on without a record")]
    public static partial void DecisionLogFailed(ILogger logger, string fault);

    [LoggerMessage(8152, LogLevel.Information, "the decision log is written again; {Lost} records were lost")]
    public static partial void DecisionLogRecovered(ILogger logger, long lost);

    [LoggerMessage(8153, LogLevel.Warning, "{LeftOut} decisions found no place in the queue of the decision log and are not in it")]
    public static partial void DecisionRecordsLeftOut(ILogger logger, long leftOut);

    [LoggerMessage(8154, LogLevel.Error, "a decision could not be made a record")]
    public static partial void DecisionRecordFault(ILogger logger, Exception fault);

    [LoggerMessage(8155, LogLevel.Error, "the collector does not take the decision log ({Cause}); decisions go on, and records for it are lost")]
    public static partial void DecisionExportFailed(ILogger logger, string cause);

    [LoggerMessage(8156, LogLevel.Information, "the collector takes the decision log again; {Lost} records for it were lost")]
    public static partial void DecisionExportRecovered(ILogger logger, long lost);
}
