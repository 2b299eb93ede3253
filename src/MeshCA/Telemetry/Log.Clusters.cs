using KubernetesClient;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9000-9049: clusters.</summary>
internal static partial class Log
{
    [LoggerMessage(9000, LogLevel.Warning, "the copy of {Kind} of cluster {Cluster} is not kept up: {Failure}, {Message} (failure {Count} in a row)")]
    public static partial void ClusterNotWatched(ILogger logger, string kind, string cluster, ApiFailureKind failure, string message, int count);

    [LoggerMessage(9001, LogLevel.Information, "the copy of {Kind} of cluster {Cluster} is kept up again")]
    public static partial void ClusterWatchedAgain(ILogger logger, string kind, string cluster);
}
