using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Health.V1;

namespace Grpc.HealthCheck;

/// <summary>The health of a server's services; register it as a singleton. Watch answers UNIMPLEMENTED, which clients
/// take for healthy.</summary>
public class HealthServiceImpl : Grpc.Health.V1.Health.HealthBase
{
    private readonly ConcurrentDictionary<string, HealthCheckResponse.Types.ServingStatus> _statuses =
        new(StringComparer.Ordinal);

    /// <summary>Sets the status of a service.</summary>
    /// <param name="service">Its full name; empty for the server as a whole.</param>
    /// <param name="status">Its status.</param>
    public void SetStatus(string service, HealthCheckResponse.Types.ServingStatus status) => _statuses[service] = status;

    /// <summary>Forgets a service.</summary>
    /// <param name="service">Its full name.</param>
    public void ClearStatus(string service) => _statuses.TryRemove(service, out _);

    /// <summary>Forgets all services.</summary>
    public void ClearAll() => _statuses.Clear();

    /// <summary>Answers with the status of a service.</summary>
    /// <param name="request">Names the service.</param>
    /// <param name="context">The call.</param>
    /// <returns>The status.</returns>
    /// <exception cref="RpcException">NOT_FOUND: nobody set a status for it.</exception>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _statuses.TryGetValue(request.Service, out var status)
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(new Status(StatusCode.NotFound, ""));
    }
}
