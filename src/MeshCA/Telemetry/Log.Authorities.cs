using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Every log message of the service, generated; event numbers are never reused (5000-5999: authorities).</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "authorities: {Action} {Authority}")]
    public static partial void AuthorityStepTaken(ILogger logger, string action, string authority);

    [LoggerMessage(5001, LogLevel.Error, "authorities: the step that is due failed and will be tried again")]
    public static partial void AuthorityStepFailed(ILogger logger, Exception exception);

    [LoggerMessage(5002, LogLevel.Critical, "authorities: {Authority} ends at {NotAfter:O}, in {Left}; new certificates are short or refused")]
    public static partial void AuthorityNearExpiry(ILogger logger, string authority, DateTimeOffset notAfter, TimeSpan left);

    [LoggerMessage(5003, LogLevel.Information, "plug-in authority: loaded {Authority} with {Roots} roots, sequence {Sequence}")]
    public static partial void PluginAuthorityLoaded(ILogger logger, string authority, int roots, ulong sequence);

    [LoggerMessage(5004, LogLevel.Error, "plug-in authority: new files refused, the old ones stay in force: {Fault}")]
    public static partial void PluginAuthorityRefused(ILogger logger, string fault);

    [LoggerMessage(5005, LogLevel.Information, "serving certificate: {Serial} until {NotAfter:O} for {Names}")]
    public static partial void ServingCertificateIssued(ILogger logger, string serial, DateTimeOffset notAfter, string names);

    [LoggerMessage(5006, LogLevel.Error, "serving certificate: not renewed, the old one stays: {Reason}")]
    public static partial void ServingCertificateNotRenewed(ILogger logger, string reason);

    [LoggerMessage(5010, LogLevel.Information, "rotation: {Step} done")]
    public static partial void RotationStepTaken(ILogger logger, string step);

    [LoggerMessage(5011, LogLevel.Warning, "rotation: {Step} is due and refused: {Reason}")]
    public static partial void RotationStepRefused(ILogger logger, string step, string reason);

    [LoggerMessage(5012, LogLevel.Critical, "rotation: halted by itself: {Reason}; see `meshca root status`, then `root resume` or `root rollback`")]
    public static partial void RotationHeld(ILogger logger, string reason);

    [LoggerMessage(5013, LogLevel.Error, "rotation: the step that is due failed and will be tried again")]
    public static partial void RotationStepFailed(ILogger logger, Exception exception);

    [LoggerMessage(5014, LogLevel.Critical, "rotation: the active root {Authority} ends at {NotAfter:O}, in {Left}, and no rotation is under way")]
    public static partial void RootNearExpiry(ILogger logger, string authority, DateTimeOffset notAfter, TimeSpan left);
}
