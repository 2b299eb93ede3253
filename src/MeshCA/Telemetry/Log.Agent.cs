using MeshCA.Agent.Identities;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Messages of the agent: event ids 9400 to 9449. Never a key or a token.</summary>
internal static partial class Log
{
    [LoggerMessage(9400, LogLevel.Information, "entry {Entry} has the SVID {SpiffeId}, serial {Serial}, until {NotAfter:u}; it is renewed at {Next:u}")]
    public static partial void SvidObtained(ILogger logger, string entry, string spiffeId, string serial, DateTimeOffset notAfter, DateTimeOffset next);

    [LoggerMessage(9401, LogLevel.Warning, "entry {Entry} gets no SVID: {Cause} ({Message}); {Failures} in a row, next at {Next:u}")]
    public static partial void SvidRequestFailed(
        ILogger logger, string entry, FailureCause cause, string message, int failures, DateTimeOffset next);

    [LoggerMessage(9402, LogLevel.Error, "entry {Entry} gets no SVID: {Cause} ({Message}); {Failures} in a row, and what it has ends at {NotAfter:u}; next at {Next:u}")]
    public static partial void SvidEndsSoon(
        ILogger logger, string entry, FailureCause cause, string message, int failures, DateTimeOffset notAfter, DateTimeOffset next);

    [LoggerMessage(9403, LogLevel.Critical, "entry {Entry} has no SVID any more: {SpiffeId}, serial {Serial}, ended at {NotAfter:u} after {Failures} failures to renew it")]
    public static partial void SvidExpired(ILogger logger, string entry, string spiffeId, string serial, DateTimeOffset notAfter, int failures);

    [LoggerMessage(9404, LogLevel.Warning, "entry {Entry}: the SVID with serial {Serial} is of an authority that is compromised or not trusted any more; it is renewed at {Next:u}")]
    public static partial void SvidRenewedEarly(ILogger logger, string entry, string serial, DateTimeOffset next);

    [LoggerMessage(9405, LogLevel.Information, "the trust bundle of sequence {Sequence} has {Roots} roots and names {Tainted} compromised keys")]
    public static partial void BundleFollowed(ILogger logger, ulong sequence, int roots, int tainted);

    [LoggerMessage(9406, LogLevel.Error, "the trust bundle of sequence {Sequence} is not taken: {Fault}; the last good one serves on")]
    public static partial void BundleRefused(ILogger logger, ulong sequence, string fault);

    [LoggerMessage(9407, LogLevel.Warning, "the stream of the trust bundle is not open: {Reason}; next in {Pause}")]
    public static partial void BundleStreamEnded(ILogger logger, string reason, TimeSpan pause);

    [LoggerMessage(9408, LogLevel.Warning, "a federated bundle is not taken: {Fault}")]
    public static partial void FederatedBundleRefused(ILogger logger, string fault);

    [LoggerMessage(9409, LogLevel.Information, "files in {Directory} are those of the SVID with serial {Serial} and {Roots} roots")]
    public static partial void FilesWritten(ILogger logger, string directory, string serial, int roots);

    [LoggerMessage(9410, LogLevel.Error, "files in {Directory} are not in use as the newest state has them: {Fault}; {Failures} in a row, next in {Pause}")]
    public static partial void FilesNotWritten(ILogger logger, string directory, string fault, int failures, TimeSpan pause);

    [LoggerMessage(9411, LogLevel.Information, "reload for {Directory}: {Command} ended with {ExitCode}: {Output}")]
    public static partial void Reloaded(ILogger logger, string directory, string command, int exitCode, string output);

    [LoggerMessage(9412, LogLevel.Error, "reload for {Directory} failed: {Fault}")]
    public static partial void ReloadFailed(ILogger logger, string directory, string fault);
}
