using Microsoft.Extensions.Logging;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>What this library logs; events 700 to 799. Never keys or tokens.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(700, LogLevel.Debug, "The Workload API sent {Stream}")]
    public static partial void Updated(ILogger logger, string stream);

    [LoggerMessage(701, LogLevel.Warning, "No {Stream} from the Workload API: {Failure}. The last good ones stay; next attempt in {Delay}")]
    public static partial void WatchFailed(ILogger logger, string stream, WorkloadApiFailure failure, TimeSpan delay);

    [LoggerMessage(702, LogLevel.Error, "The Workload API refused to send {Stream}: {Failure}. It is not asked again")]
    public static partial void WatchEnded(ILogger logger, string stream, WorkloadApiFailure failure);

    [LoggerMessage(703, LogLevel.Critical, "The watch of {Stream} failed within this library. It is not resumed")]
    public static partial void WatchFaulted(ILogger logger, string stream, Exception exception);

    [LoggerMessage(704, LogLevel.Error, "A subscriber to {Stream} failed")]
    public static partial void SubscriberFailed(ILogger logger, string stream, Exception exception);

    [LoggerMessage(705, LogLevel.Information, "A TLS peer was refused: {Refusal}")]
    public static partial void PeerRefused(ILogger logger, string refusal);

    [LoggerMessage(706, LogLevel.Warning, "A JWT-SVID was not renewed: {Failure}. The one before it is used until it expires")]
    public static partial void TokenNotRenewed(ILogger logger, WorkloadApiFailure failure);

    [LoggerMessage(707, LogLevel.Information, "A connection of {Peer} is asked to end: {Refusal}")]
    public static partial void PeerLetGo(ILogger logger, SpiffeId peer, string refusal);

    [LoggerMessage(708, LogLevel.Error, "A request came through an endpoint without SPIFFE and was refused: call UseSpiffeMtls before endpoints are made, and ConfigureEndpointDefaults nowhere else")]
    public static partial void EndpointWithoutSpiffe(ILogger logger);

    [LoggerMessage(709, LogLevel.Debug, "The agent is not told which bundle is in use: {Reason}; next attempt in {Delay}")]
    public static partial void BundleNotTold(ILogger logger, string reason, TimeSpan delay);

    [LoggerMessage(710, LogLevel.Warning, "{Count} federated bundles of the Workload API cannot be read and are left out, so nobody of their trust domains is verified: {Rules}")]
    public static partial void BundlesLeftOut(ILogger logger, int count, string rules);
}
