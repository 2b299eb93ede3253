using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9300-9349: JWT-SVIDs.</summary>
internal static partial class Log
{
    [LoggerMessage(9300, LogLevel.Debug, "JWT-SVID issued: {Identity}, jti {Id} until {ExpiresAt:O} by key {Key}, rule {Rule}")]
    public static partial void JwtSvidIssued(ILogger logger, string identity, string id, DateTimeOffset expiresAt, string key, string rule);

    [LoggerMessage(9301, LogLevel.Warning, "JWT-SVID refused: {Identity} from {Peer}: {Status}: {Reason}")]
    public static partial void JwtSvidRefused(ILogger logger, string identity, string peer, string status, string reason);

    [LoggerMessage(9302, LogLevel.Information, "the JWT key {Key} signs from now on: all {Consumers} consumers that report have it")]
    public static partial void JwtKeyActivated(ILogger logger, string key, int consumers);

    [LoggerMessage(9303, LogLevel.Warning, "the JWT key {Key} is due to sign and waits: {Lacking}; it signs at {Latest:O} all the same")]
    public static partial void JwtKeyWaits(ILogger logger, string key, string lacking, DateTimeOffset latest);

    [LoggerMessage(9304, LogLevel.Error, "the JWT key {Key} signs from now on, since the one before it signed for longer than it may: {Lacking}")]
    public static partial void JwtKeyActivatedUnacknowledged(ILogger logger, string key, string lacking);

    [LoggerMessage(9305, LogLevel.Warning, "the JWT key {Key} is due to sign, and was refused: {Reason}")]
    public static partial void JwtKeyStepRefused(ILogger logger, string key, string reason);

    [LoggerMessage(9306, LogLevel.Error, "it could not be looked after JWT keys; it is tried again")]
    public static partial void JwtKeyStepFailed(ILogger logger, Exception exception);
}
