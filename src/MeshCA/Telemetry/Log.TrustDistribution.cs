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

    [LoggerMessage(9106, LogLevel.Warning, "leadership: the lease cannot be read or renewed: {Fault}")]
    public static partial void LeaseCallFailed(ILogger logger, string fault);

    [LoggerMessage(9107, LogLevel.Warning, "leadership: the label of pod `{Pod}` cannot be changed: {Fault}")]
    public static partial void LeaderLabelFailed(ILogger logger, string pod, string fault);

    [LoggerMessage(9110, LogLevel.Warning, "trust distribution: namespace `{Namespace}` of cluster `{Cluster}` has no current `{ConfigMap}`: {Fault}")]
    public static partial void DistributionFailed(ILogger logger, string cluster, string @namespace, string configMap, string fault);

    [LoggerMessage(9111, LogLevel.Error, "trust distribution: `{ConfigMap}` in namespace `{Namespace}` of cluster `{Cluster}` is written by {Others} too; it is left for {Pause}")]
    public static partial void DistributionContested(
        ILogger logger, string cluster, string @namespace, string configMap, string others, TimeSpan pause);

    [LoggerMessage(9112, LogLevel.Information, "trust distribution: sequence {Sequence} goes to the namespaces of {Clusters} clusters")]
    public static partial void DistributionBegun(ILogger logger, ulong sequence, int clusters);

    [LoggerMessage(9113, LogLevel.Error, "trust distribution: ended in cluster `{Cluster}` and begins again")]
    public static partial void DistributionBroken(ILogger logger, string cluster, Exception exception);

    [LoggerMessage(9120, LogLevel.Information, "webhooks: {Kind} `{Name}` of cluster `{Cluster}` has the trust bundle")]
    public static partial void WebhookPatched(ILogger logger, string cluster, string kind, string name);

    [LoggerMessage(9121, LogLevel.Warning, "webhooks: {Kind} `{Name}` of cluster `{Cluster}` cannot be patched: {Fault}")]
    public static partial void WebhookNotPatched(ILogger logger, string cluster, string kind, string name, string fault);

    [LoggerMessage(9122, LogLevel.Error, "webhooks: the caBundle of {Kind} `{Name}` of cluster `{Cluster}` is written by somebody else too; it is left for {Pause}")]
    public static partial void WebhookContested(ILogger logger, string cluster, string kind, string name, TimeSpan pause);

    [LoggerMessage(9130, LogLevel.Information, "istiod certificate: {Serial} until {NotAfter:O} is in secret `{Secret}`")]
    public static partial void IstiodCertificateWritten(ILogger logger, string secret, string serial, DateTimeOffset notAfter);

    [LoggerMessage(9131, LogLevel.Error, "istiod certificate: secret `{Secret}` is not current: {Fault}")]
    public static partial void IstiodCertificateFailed(ILogger logger, string secret, string fault);
}
