using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc;

/// <summary>What the gRPC layer logs; events 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Error, "The handler of {Method} failed")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception exception);

    [LoggerMessage(1001, LogLevel.Debug, "The client gave up its call of {Method}")]
    public static partial void CallCancelled(ILogger logger, string method);

    [LoggerMessage(1002, LogLevel.Debug, "A call of {Method} was cut off with {StatusCode}")]
    public static partial void CallCutOff(ILogger logger, string method, StatusCode statusCode);

    [LoggerMessage(1003, LogLevel.Debug, "A request for {Method} was refused with {StatusCode}: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string method, StatusCode statusCode, string reason);

    [LoggerMessage(1004, LogLevel.Warning, "A trailer {Key} of {Method} was left out: it cannot be sent")]
    public static partial void TrailerLeftOut(ILogger logger, string key, string method);
}
