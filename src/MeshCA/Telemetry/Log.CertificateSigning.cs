using MeshCA.Issuance;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>9210-9229: CertificateSigningRequests.</summary>
internal static partial class Log
{
    [LoggerMessage(9210, LogLevel.Information, "signing requests: {Cluster} `{Request}` approved: its requester {SpiffeId} asks for itself")]
    public static partial void SigningRequestApproved(ILogger logger, string cluster, string request, string spiffeId);

    [LoggerMessage(9211, LogLevel.Information, "signing requests: {Cluster} `{Request}` signed for {SpiffeId}, serial {Serial} until {NotAfter:O}, asked for by {Requester}")]
    public static partial void SigningRequestSigned(
        ILogger logger, string cluster, string request, string spiffeId, SerialNumber serial, DateTimeOffset notAfter, string requester);

    [LoggerMessage(9212, LogLevel.Warning, "signing requests: {Cluster} `{Request}` of {Requester} failed: {Reason}")]
    public static partial void SigningRequestFailed(ILogger logger, string cluster, string request, string requester, string reason);

    [LoggerMessage(9213, LogLevel.Warning, "signing requests: {Cluster} `{Request}` for {SpiffeId} waits: {Reason}")]
    public static partial void SigningRequestWaits(ILogger logger, string cluster, string request, string spiffeId, string reason);

    [LoggerMessage(9214, LogLevel.Warning, "signing requests: {Cluster} `{Request}`: its {Subresource} cannot be written now: {Kind}, {Message}")]
    public static partial void SigningRequestNotWritten(
        ILogger logger, string cluster, string request, string subresource, string kind, string message);

    [LoggerMessage(9215, LogLevel.Error, "signing requests: a fault of the signer; it is tried again")]
    public static partial void SigningFault(ILogger logger, Exception exception);
}
