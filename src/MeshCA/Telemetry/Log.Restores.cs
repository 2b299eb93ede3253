using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9490-9499: what follows a restore, what is wrong with a rotation beside its own conditions, and what a clock that jumped holds up.</summary>
internal static partial class Log
{
    [LoggerMessage(9490, LogLevel.Warning, "restore: the trust bundle's sequence {Before} became {After}, above those given out after the backup")]
    public static partial void RestoredBundleRenumbered(ILogger logger, ulong before, ulong after);

    [LoggerMessage(9491, LogLevel.Warning, "restore: the number of revocation lists {Before} became {After}, above those given out after the backup; all are signed anew")]
    public static partial void RestoredListsRenumbered(ILogger logger, long before, long after);

    [LoggerMessage(9492, LogLevel.Critical, "rotation: the active root {Authority} ends at {NotAfter:O}, in {Left}, and rotation {Number} still waits to replace it; see `meshca root status` for whom")]
    public static partial void RootNearExpiryInRotation(ILogger logger, string authority, DateTimeOffset notAfter, TimeSpan left, ulong number);

    [LoggerMessage(9493, LogLevel.Warning, "retention: records are kept for {Lag} longer, since the clock jumped ahead by that after the start or the machine slept; set the clock, or restart the service where it is right")]
    public static partial void RetentionLags(ILogger logger, TimeSpan lag);
}
