using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8200-8249: administrators.</summary>
internal static partial class Log
{
    [LoggerMessage(8200, LogLevel.Warning, "administration: refused `{Actor}` the method {Method}: {Reason}; {LeftOut} more refusals were left out")]
    public static partial void AdminCallRefused(ILogger logger, string actor, string method, string reason, long leftOut);
}
