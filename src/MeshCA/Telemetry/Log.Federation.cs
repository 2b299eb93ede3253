using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9350-9399: federated trust domains, and the bundle endpoint.</summary>
internal static partial class Log
{
    [LoggerMessage(9350, LogLevel.Warning, "federation: {Actor} {What} `{TrustDomain}`: {Detail}")]
    public static partial void FederationChanged(ILogger logger, string actor, string what, string trustDomain, string detail);

    [LoggerMessage(9351, LogLevel.Information, "federation: `{TrustDomain}` has another bundle: sequence {Sequence}, {Authorities} X.509 authorities, taken by {Actor}")]
    public static partial void FederatedBundleChanged(ILogger logger, string trustDomain, ulong? sequence, int authorities, string actor);

    [LoggerMessage(9352, LogLevel.Warning, "federation: the bundle of `{TrustDomain}` cannot be fetched, the last one stays: {Fault}, {Detail}")]
    public static partial void FederatedBundleNotFetched(ILogger logger, string trustDomain, string fault, string detail);

    [LoggerMessage(9353, LogLevel.Error, "federation: alarm {Alarm} of `{TrustDomain}`: current {Age} ago, the last authority ends {End:O}; {Detail}")]
    public static partial void FederationAlarm(ILogger logger, string trustDomain, string alarm, TimeSpan? age, DateTimeOffset? end, string detail);

    [LoggerMessage(9354, LogLevel.Information, "federation: alarm {Alarm} of `{TrustDomain}` is over")]
    public static partial void FederationAlarmOver(ILogger logger, string trustDomain, string alarm);

    [LoggerMessage(9355, LogLevel.Error, "federation: a fault while the bundle of `{TrustDomain}` was fetched; it is tried again")]
    public static partial void FederationFault(ILogger logger, string trustDomain, Exception exception);

    [LoggerMessage(9356, LogLevel.Warning, "federation: it cannot be written down that the bundle of `{TrustDomain}` is current: {Reason}")]
    public static partial void FederationNotWritten(ILogger logger, string trustDomain, string reason);

    [LoggerMessage(9357, LogLevel.Information, "federation: `{TrustDomain}` fetched our bundle with its key for the first time")]
    public static partial void PeerFetchedFirst(ILogger logger, string trustDomain);

    [LoggerMessage(9358, LogLevel.Error, "federation: `{TrustDomain}` is a trust domain of this service by its settings: the federated bundle of that name is given to nobody")]
    public static partial void FederatedDomainIsOurs(ILogger logger, string trustDomain);
}
