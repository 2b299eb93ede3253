using Google.Protobuf;
using Grpc.Core;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;
using MeshCA.Configuration;
using MeshCA.Revocations;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>Streams that send the newest of something, whole, as often as it changes, and never end by themselves with OK.</summary>
/// <remarks>
/// Nothing is queued: while one message waits for its reader, states come and go, and the next message is the newest. A reader
/// that never reads costs one message, which all streams share.
/// </remarks>
internal sealed class WorkloadStreams(
    WorkloadFeed feed, ProcessQuota quota, FanOut fanOut, WorkloadOptions options, WorkloadMetrics metrics, ILogger<WorkloadStreams> logger)
{
    /// <summary>The name of calls that do not stream; they wait too, and so take places.</summary>
    public const string Calls = "calls";

    /// <summary>Finds what a caller sees, once it stands as ready.</summary>
    /// <param name="connection">The caller.</param>
    /// <param name="standing">How it stands.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The snapshot, and what the caller sees of it.</returns>
    /// <exception cref="RpcException">It never may, or not in time.</exception>
    public async Task<(WorkloadSnapshot Snapshot, WorkloadView View)> FindAsync(
        WorkloadConnection connection, Func<WorkloadView, WorkloadStanding> standing, CancellationToken cancellationToken)
    {
        var peer = connection.Peer;
        var snapshot = await feed.SettleAsync(peer, standing, options.LongestWait, cancellationToken);
        var view = snapshot.For(peer);
        switch (standing(view))
        {
            case WorkloadStanding.Ready:
                return (snapshot, view);
            case WorkloadStanding.NotYet:
                throw Refuse(WorkloadRefusal.NotReady);
            case WorkloadStanding.Banned:
                Log.WorkloadBanned(logger, peer.ProcessId, peer.UserId, view.Bans[0].Describe());
                throw Refuse(view.Bans[0]);
            default:
                Log.WorkloadHasNoIdentity(logger, peer.ProcessId, peer.UserId, peer.GroupId);
                throw Refuse(WorkloadRefusal.NoIdentity);
        }
    }

    /// <summary>Runs a stream.</summary>
    /// <param name="name">Its name in the metrics.</param>
    /// <param name="connection">The caller.</param>
    /// <param name="standing">How it stands.</param>
    /// <param name="select">What of its view it is sent.</param>
    /// <param name="responses">Where to.</param>
    /// <param name="cancellationToken">The caller is gone, or the agent stops.</param>
    /// <exception cref="RpcException">How the stream ends.</exception>
    public async Task RunAsync<T>(
        string name,
        WorkloadConnection connection,
        Func<WorkloadView, WorkloadStanding> standing,
        Func<WorkloadView, T> select,
        IServerStreamWriter<T> responses,
        CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        using var place = Enter(name, connection);
        T? sent = null;
        while (true)
        {
            var (snapshot, view) = await FindAsync(connection, standing, cancellationToken);
            var next = select(view);
            if (!ReferenceEquals(next, sent) && !next.Equals(sent))
            {
                await responses.WriteAsync(next, cancellationToken);
                metrics.Sent(name);
            }

            sent = next;
            await snapshot.Replaced.WaitAsync(cancellationToken);
            await fanOut.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes a place for a stream, to be given back when it ends.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public IDisposable Enter(string name, WorkloadConnection connection)
    {
        if (quota.Enter(connection) is var bound and not QuotaBound.None)
        {
            Log.TooManyWorkloadStreams(logger, connection.Peer.ProcessId, connection.Peer.UserId, bound);
            throw Refuse(WorkloadRefusal.TooManyStreams);
        }

        metrics.StreamOpened(name);
        return new Place(this, name, connection);
    }

    /// <summary>Counts a refusal.</summary>
    public RpcException Refuse(WorkloadRefusal refusal)
    {
        metrics.Refused(refusal.ToString());
        return WorkloadStatus.Refuse(refusal);
    }

    /// <summary>Counts a refusal of a banned identity, and names the ban.</summary>
    public RpcException Refuse(Revocation ban)
    {
        metrics.Refused(nameof(WorkloadRefusal.IdentityBanned));
        return WorkloadStatus.Refuse(ban);
    }

    /// <summary>What bans an identity now; null: nothing that is known.</summary>
    public Revocation? BanOf(SpiffeId id) => feed.Current.State.Bans.Find(id);

    private void Leave(string name, WorkloadConnection connection)
    {
        metrics.StreamEnded(name);
        quota.Leave(connection);
    }

    private sealed class Place(WorkloadStreams streams, string name, WorkloadConnection connection) : IDisposable
    {
        public void Dispose() => streams.Leave(name, connection);
    }
}
