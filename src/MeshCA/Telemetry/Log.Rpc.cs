using MeshCA.Issuance;
using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>6000-6099: the gRPC services.</summary>
internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Debug, "issued {SpiffeId} serial {Serial} until {NotAfter:O} by {Authority} under rule {Rule}")]
    public static partial void CertificateIssued(
        ILogger logger, string spiffeId, SerialNumber serial, DateTimeOffset notAfter, string authority, string rule);

    [LoggerMessage(6001, LogLevel.Warning, "refused a CSR of `{SpiffeId}` from {Peer}: {Status}, {Reason}")]
    public static partial void CsrRefused(ILogger logger, string spiffeId, string peer, string status, string reason);
}
