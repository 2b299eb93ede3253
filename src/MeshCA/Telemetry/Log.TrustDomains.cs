using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>Messages about trust domains: event ids 8450 to 8499.</summary>
internal static partial class Log
{
    [LoggerMessage(8450, LogLevel.Warning, "certificates are issued for other trust domains beside {Own}, under the same authorities: {Others}; they are not isolated from each other, whoever holds one of the keys speaks for all")]
    public static partial void SeveralTrustDomains(ILogger logger, string own, string others);

    [LoggerMessage(8451, LogLevel.Information, "workloads of each of these trust domains are given the roots under the names of the others too (Mesh:ShareTrustDomains)")]
    public static partial void TrustDomainsShared(ILogger logger);
}
