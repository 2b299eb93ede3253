using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9100-9149: leadership, the shared state, distribution of the trust bundle.</summary>
internal static partial class Log
{
    [LoggerMessage(9100, LogLevel.Information, "leadership: this replica leads and may sign (term {Term})")]
    public static partial void LeadershipTaken(ILogger logger, long term);

    [LoggerMessage(9101, LogLevel.Warning, "leadership: this replica leads no longer and signs nothing; `{Leader}` leads")]
    public static partial void LeadershipLost(ILogger logger, string leader);

    [LoggerMessage(9102, LogLevel.Error, "leadership: this replica was elected and cannot take over yet; it is tried again: {Reason}")]
    public static partial void TakeOverFailed(ILogger logger, string reason, Exception exception);

    [LoggerMessage(9103, LogLevel.Information, "shared state: taken over (number {Number}) at revision {Revision} from {Former}")]
    public static partial void SharedStateTakenOver(ILogger logger, long number, ulong revision, string former);

    [LoggerMessage(9104, LogLevel.Warning, "shared state: cannot be read, this standby goes on with its own copy: {Reason}")]
    public static partial void SharedStateUnread(ILogger logger, string reason);

    [LoggerMessage(9105, LogLevel.Error, "standby: the authorities cannot be followed; it is tried again: {Reason}")]
    public static partial void StandbyBehind(ILogger logger, string reason, Exception exception);
}
