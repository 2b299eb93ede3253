using Grpc.Core;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Wire.Agent;

namespace MeshCA.Agent.Explaining;

/// <summary>What administrators of this machine ask the agent about its workloads.</summary>
internal sealed class WorkloadsService(
    WorkloadFeed feed, ProcessQuota streams, IRegistrations registrations, WorkloadOptions options, TimeProvider clock)
    : Workloads.WorkloadsBase
{
    /// <inheritdoc />
    public override Task<ExplainWorkloadResponse> Explain(ExplainWorkloadRequest request, ServerCallContext context)
    {
        var peer = request.CallerCase switch
        {
            ExplainWorkloadRequest.CallerOneofCase.ProcessId => ProcessCredentials.TryRead(request.ProcessId, out var found)
                ? found
                : throw new RpcException(new Status(StatusCode.NotFound, $"there is no process {request.ProcessId} that the agent can see")),
            ExplainWorkloadRequest.CallerOneofCase.Credentials => PeerOf(request.Credentials),
            _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "no process and no user is named")),
        };
        var explained = WorkloadExplanation.Of(peer, feed.Current);
        explained.RegistrationFaults.AddRange((registrations as FileRegistrations)?.Faults ?? []);
        explained.OpenStreams = peer.ProcessId > 0 ? streams.OpenOf(new WorkloadConnection(peer)) : 0;
        return Task.FromResult(explained);
    }

    /// <inheritdoc />
    public override Task<ListSecretsResponse> ListSecrets(ListSecretsRequest request, ServerCallContext context)
    {
        var snapshot = feed.Current;
        var view = request.Credentials is { } credentials
            ? snapshot.For(PeerOf(credentials))
            : new WorkloadView(snapshot.State, new EntrySelection(snapshot.Registrations.Entries));
        return Task.FromResult(SecretList.Of(view, options, clock.GetUtcNow()));
    }

    private static WorkloadPeer PeerOf(Credentials credentials) => new(0, credentials.UserId, credentials.GroupId);
}
