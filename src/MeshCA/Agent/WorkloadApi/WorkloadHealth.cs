using Grpc.Core;
using Grpc.Health.V1;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>The health of what the agent serves: SERVING once it holds an identity and a bundle.</summary>
internal sealed class WorkloadHealth(WorkloadFeed feed, WorkloadStreams streams) : Health.HealthBase
{
    private static readonly string[] Services = ["", "SpiffeWorkloadAPI", "envoy.service.secret.v3.SecretDiscoveryService"];

    /// <inheritdoc />
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        Services.Contains(request.Service, StringComparer.Ordinal)
            ? Task.FromResult(new HealthCheckResponse { Status = StatusOf(feed.Current) })
            : throw new RpcException(new Status(StatusCode.NotFound, "there is no such service"));

    /// <inheritdoc />
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var place = streams.Enter("health", WorkloadSocket.ConnectionOf(context.GetHttpContext()));
        var isKnown = Services.Contains(request.Service, StringComparer.Ordinal);
        HealthCheckResponse.Types.ServingStatus? sent = null;
        while (true)
        {
            var snapshot = feed.Current;
            var status = isKnown ? StatusOf(snapshot) : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
            if (status != sent)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
                sent = status;
            }

            await snapshot.Replaced.WaitAsync(context.CancellationToken);
        }
    }

    private static HealthCheckResponse.Types.ServingStatus StatusOf(WorkloadSnapshot snapshot) =>
        snapshot.State is { Bundle.X509.Authorities.Count: > 0 } state && state.Svids.Any(held => state.Bans.Find(held.Svid.Id) is null)
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;
}
