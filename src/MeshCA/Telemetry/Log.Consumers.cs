using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9200-9209: consumers of the trust bundle.</summary>
internal static partial class Log
{
    [LoggerMessage(9200, LogLevel.Warning, "consumers: the store cannot be read or does not take them; it is tried again")]
    public static partial void ConsumersNotWritten(ILogger logger, Exception exception);
}
