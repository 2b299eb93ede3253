using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8000-8049: where policies come from.</summary>
internal static partial class Log
{
    [LoggerMessage(8000, LogLevel.Warning, "administration socket: refused a peer of user id {UserId}")]
    public static partial void AdminPeerRefused(ILogger logger, uint? userId);

    [LoggerMessage(8001, LogLevel.Information, "policies: revision {Revision} is in force: {Resources} resources, {Workloads} workloads")]
    public static partial void PolicySnapshotPublished(ILogger logger, long revision, int resources, int workloads);

    [LoggerMessage(8002, LogLevel.Error, "policies: `{Source}` cannot be read, what it last held stays in force: {Reason}")]
    public static partial void PolicySourceFailed(ILogger logger, string source, string reason);

    [LoggerMessage(8003, LogLevel.Information, "policies: `{Source}` is read again")]
    public static partial void PolicySourceRecovered(ILogger logger, string source);

    [LoggerMessage(8004, LogLevel.Error, "policies: {Resource} is not in force as written: {Status}, {Finding}")]
    public static partial void PolicyResourceRejected(ILogger logger, string resource, string status, string finding);

    [LoggerMessage(8005, LogLevel.Error, "policies: the store did not take revision {Revision}; the last one stays in force and it is tried again")]
    public static partial void PolicyRevisionNotStored(ILogger logger, Exception exception, long revision);

    [LoggerMessage(8006, LogLevel.Critical, "policies: those in the store were changed by something else; nothing is decided until that is mended")]
    public static partial void PolicyStoreTampered(ILogger logger, Exception exception);

    [LoggerMessage(8007, LogLevel.Warning, "policies: changes of {Directory} are not notified, so they are seen at the next look only: {Reason}")]
    public static partial void PolicyWatchFailed(ILogger logger, string directory, string reason);

    [LoggerMessage(8008, LogLevel.Error, "policies: a fault of the loader; the last revision stays in force and it is tried again")]
    public static partial void PolicyLoaderFault(ILogger logger, Exception exception);

    [LoggerMessage(8009, LogLevel.Information, "policies: {Actor} changed what is applied: {Change}, revision {Revision}")]
    public static partial void PolicyChangeApplied(ILogger logger, string actor, string change, long revision);
}
