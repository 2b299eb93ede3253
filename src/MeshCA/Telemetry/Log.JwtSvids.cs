using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9300-9349: JWT-SVIDs.</summary>
internal static partial class Log
{
    [LoggerMessage(9300, LogLevel.Debug, "JWT-SVID issued: {Identity}, jti {Id} until {ExpiresAt:O} by key {Key}, rule {Rule}")]
    public static partial void JwtSvidIssued(ILogger logger, string identity, string id, DateTimeOffset expiresAt, string key, string rule);

    [LoggerMessage(9301, LogLevel.Warning, "JWT-SVID refused: {Identity} from {Peer}: {Status}: {Reason}")]
    public static partial void JwtSvidRefused(ILogger logger, string identity, string peer, string status, string reason);
}
