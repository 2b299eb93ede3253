using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9520-9539: bans at the agent.</summary>
internal static partial class Log
{
    [LoggerMessage(9520, LogLevel.Warning, "entry {Entry}: its identity is banned, and given out to nobody any more: ban {Ban}")]
    public static partial void IdentityBanned(ILogger logger, string entry, string ban);

    [LoggerMessage(9521, LogLevel.Information, "entry {Entry}: its identity is banned no more")]
    public static partial void IdentityBannedNoMore(ILogger logger, string entry);

    [LoggerMessage(9522, LogLevel.Error, "bans: those of revision {Revision} are not taken as they came: {Fault}")]
    public static partial void BansNotTaken(ILogger logger, long revision, string fault);

    [LoggerMessage(9523, LogLevel.Information, "workload: the process {ProcessId} of user {UserId} gets no identity: ban {Ban}")]
    public static partial void WorkloadBanned(ILogger logger, int processId, uint userId, string ban);
}
