using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9150-9199: policies of a cluster, their statuses, and the admission webhook.</summary>
internal static partial class Log
{
    [LoggerMessage(9150, LogLevel.Information, "cluster policies: {Resource} are watched in version {Version}")]
    public static partial void ClusterPoliciesWatched(ILogger logger, string resource, string version);

    [LoggerMessage(9151, LogLevel.Information, "cluster policies: everything was listed: {Policies} policies, {Pods} pods")]
    public static partial void ClusterSynced(ILogger logger, int policies, int pods);

    [LoggerMessage(9152, LogLevel.Warning, "cluster policies: {Resource} cannot be watched, what is known of them stays: {Kind}, {Reason}")]
    public static partial void PoliciesNotWatched(ILogger logger, string resource, string kind, string reason);

    [LoggerMessage(9153, LogLevel.Information, "cluster policies: {Resource} are watched again")]
    public static partial void PoliciesWatchedAgain(ILogger logger, string resource);

    [LoggerMessage(9154, LogLevel.Warning, "cluster policies: the status of {Resource} is not written: {Kind}, {Reason}")]
    public static partial void PolicyStatusNotWritten(ILogger logger, string resource, string kind, string reason);

    [LoggerMessage(9155, LogLevel.Error, "cluster policies: a fault of the writer of statuses; it goes on")]
    public static partial void PolicyStatusFault(ILogger logger, Exception exception);

    [LoggerMessage(9156, LogLevel.Warning, "cluster policies: somebody undoes the status of {Resource} again and again; it is left alone for an hour")]
    public static partial void PolicyStatusUndone(ILogger logger, string resource);

    [LoggerMessage(9160, LogLevel.Information, "admission webhook: {Resource} is denied: {Finding}")]
    public static partial void WebhookDenied(ILogger logger, string resource, string finding);

    [LoggerMessage(9161, LogLevel.Error, "admission webhook: a fault; the API server goes by its failurePolicy")]
    public static partial void WebhookFault(ILogger logger, Exception exception);
}
