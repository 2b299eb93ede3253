using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8050-8099: the decision API.</summary>
internal static partial class Log
{
    [LoggerMessage(8050, LogLevel.Warning, "no decision for {Caller}: {Reason} `{Subject}`; {LeftOut} more were left out")]
    public static partial void DecisionRefused(ILogger logger, string caller, string reason, string subject, long leftOut);
}
