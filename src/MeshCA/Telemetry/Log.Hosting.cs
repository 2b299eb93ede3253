using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>1000-1099: start and stop of the service.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Error, "a start that failed could not be undone cleanly; why it failed is reported apart")]
    public static partial void StartNotUndone(ILogger logger, Exception fault);
}
