using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Messages about authentication: event ids 3000 to 3999. Never a token, a key or a whole claim set.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Debug, "caller refused: {Reason} ({Detail})")]
    public static partial void CallerRefused(ILogger logger, string reason, string detail);

    [LoggerMessage(3001, LogLevel.Debug, "caller cannot be judged now: {Reason} ({Detail})")]
    public static partial void CallerNotJudged(ILogger logger, string reason, string detail);

    [LoggerMessage(3002, LogLevel.Debug, "client certificate refused in the handshake: {Reason}")]
    public static partial void ClientCertificateRefused(ILogger logger, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "no token issuer is configured: no workload can get a first certificate")]
    public static partial void NoTokenIssuers(ILogger logger);

    [LoggerMessage(3010, LogLevel.Information, "keys of issuer {Issuer} changed: {Keys} usable, {Ignored} ignored")]
    public static partial void IssuerKeysChanged(ILogger logger, string issuer, int keys, int ignored);

    [LoggerMessage(3011, LogLevel.Warning, "keys of issuer {Issuer} cannot be read: {Error} ({Detail}); next try in {Delay}")]
    public static partial void IssuerKeysNotRead(ILogger logger, string issuer, string error, string detail, TimeSpan delay);

    [LoggerMessage(3012, LogLevel.Error, "reading the keys of issuer {Issuer} failed unexpectedly")]
    public static partial void IssuerKeysFault(ILogger logger, Exception exception, string issuer);
}
