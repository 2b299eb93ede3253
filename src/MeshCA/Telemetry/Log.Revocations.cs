using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8300-8349: bans, revocations and their lists.</summary>
internal static partial class Log
{
    [LoggerMessage(8300, LogLevel.Warning, "revocations: {Actor} added {Revocation}; {Live} live certificates are affected, the last until {LastEnd:O}")]
    public static partial void RevocationAdded(ILogger logger, string actor, string revocation, long live, DateTimeOffset? lastEnd);

    [LoggerMessage(8301, LogLevel.Warning, "revocations: {Actor} removed {Revocation}")]
    public static partial void RevocationRemoved(ILogger logger, string actor, string revocation);

    [LoggerMessage(8302, LogLevel.Information, "revocations: published list {Number} of authority {Authority}: {Count} certificates, next by {NextUpdate:O}")]
    public static partial void ListPublished(ILogger logger, string authority, long number, int count, DateTimeOffset nextUpdate);

    [LoggerMessage(8303, LogLevel.Error, "revocations: the list of authority {Authority} is not as it should be: {Reason}")]
    public static partial void ListMissing(ILogger logger, string authority, string reason);

    [LoggerMessage(8304, LogLevel.Error, "revocations: lists cannot be published, the last ones stay and it is tried again")]
    public static partial void ListRoundFailed(ILogger logger, Exception exception);
}
