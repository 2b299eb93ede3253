using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Messages about tokens of Kubernetes clusters: event ids 9050 to 9099. Never a token.</summary>
internal static partial class Log
{
    [LoggerMessage(9050, LogLevel.Warning, "the API server of cluster {Cluster} could not judge a token: {Kind} ({Detail})")]
    public static partial void TokenReviewFailed(ILogger logger, string cluster, string kind, string detail);

    [LoggerMessage(9051, LogLevel.Information, "tokens of cluster {Cluster} are judged: mode {Mode}, node proxies {NodeAccounts}")]
    public static partial void ClusterTokensJudged(ILogger logger, string cluster, string mode, string nodeAccounts);
}
