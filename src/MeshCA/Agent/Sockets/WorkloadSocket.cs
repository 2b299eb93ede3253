using System.IO;
using System.Net;
using System.Net.Sockets;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Agent.Sockets;

/// <summary>The Unix sockets for workloads: gRPC in the clear, for whoever the file's mode lets in. Who that is, the kernel says.</summary>
internal static class WorkloadSocket
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // Others pass through, but only the agent makes and removes what is in it.
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    // A request is a few names; Envoy adds what it knows of itself.
    private const int StreamWindow = 64 * 1024;
    private const int ConnectionWindow = 128 * 1024;
    private const int HeaderBytes = 8 * 1024;

    // Kestrel counts the connections of all listeners: administrators and probes must get in when workloads have all of theirs.
    private const int OtherConnections = 64;
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How the sockets' files are kept.</summary>
    public static SocketRights RightsOf(WorkloadOptions options) => new(options.ToSocketMode(), (uint?)options.SocketGroup)
    {
        NewDirectory = DirectoryMode,
        FaultOfDirectory = mode => options.SharedDirectory || (mode & WritableByOthers) == 0
            ? null
            : "who can write to it can put another socket in the place of the agent's; `Workloads:SharedDirectory` allows that",
    };

    /// <summary>Has the sockets of the settings bound with their rights.</summary>
    public static void AddWorkloadSockets(this IServiceCollection services) => services.AddOptions<SocketTransportOptions>()
        .Configure<IOptions<WorkloadOptions>, ILoggerFactory>((transport, options, loggers) =>
        {
            var others = transport.CreateBoundListenSocket;
            transport.CreateBoundListenSocket = endpoint =>
                endpoint is UnixDomainSocketEndPoint && options.Value.Paths.Contains(endpoint.ToString(), StringComparer.Ordinal)
                    ? Bind(endpoint, options.Value, loggers.CreateLogger(typeof(WorkloadSocket)))
                    : others(endpoint);
        });

    /// <summary>Adds the listeners, and the limits that hold for all connections of the agent.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">The settings.</param>
    public static void ListenForWorkloads(this KestrelServerOptions kestrel, WorkloadOptions options)
    {
        var logger = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WorkloadSocket));
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true; // Envoy says `:scheme: http` or `https` as it likes (grpc.md §2.4)
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections + OtherConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = HeaderBytes;
        kestrel.Limits.Http2.MaxStreamsPerConnection = Math.Min(options.MaxStreamsPerProcess, options.MaxStreams);
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindow;

        // Finds proxies that are gone, on streams on which nothing happens for hours.
        kestrel.Limits.Http2.KeepAlivePingDelay = PingAfter;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
        var quota = new ProcessQuota(options.MaxConnections, options.ConnectionsOfUser, options.MaxConnectionsPerProcess);
        foreach (var path in options.Paths)
        {
            kestrel.ListenUnixSocket(path, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Mark(ListenerKind.Workloads);
                listen.Use(next => connection => AdmitAsync(connection, next, quota, logger));
            });
        }
    }

    /// <summary>Who made a call.</summary>
    /// <exception cref="InvalidOperationException">The call did not come over a socket of workloads.</exception>
    public static WorkloadConnection ConnectionOf(HttpContext context) => context.Features.GetRequiredFeature<WorkloadConnection>();

    private static Socket Bind(EndPoint endpoint, WorkloadOptions options, ILogger logger)
    {
        var path = endpoint.ToString()!; // not null: it is one of the settings' paths
        var socket = SocketFile.Bind(endpoint, path, RightsOf(options));
        var mode = File.GetUnixFileMode(Path.GetDirectoryName(path)!); // not null: the path is absolute, and of a file
        if ((mode & WritableByOthers) != 0)
        {
            Log.WorkloadDirectoryShared(logger, path, SocketFile.Octal(mode));
        }

        return socket;
    }

    private static async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next, ProcessQuota quota, ILogger logger)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is null || PeerCredential.Of(socket) is not { } peer)
        {
            Log.WorkloadPeerUnknown(logger);
            connection.Abort();
            return;
        }

        var admitted = new WorkloadConnection(peer);
        if (quota.Enter(admitted) is var bound and not QuotaBound.None)
        {
            Log.TooManyWorkloadConnections(logger, peer.ProcessId, peer.UserId, bound);
            connection.Abort();
            return;
        }

        try
        {
            connection.Features.Set(admitted);
            await next(connection);
        }
        finally
        {
            quota.Leave(admitted);
        }
    }
}

/// <summary>A connection to the sockets for workloads; compared by reference.</summary>
/// <param name="peer">Who opened it.</param>
internal sealed class WorkloadConnection(WorkloadPeer peer)
{
    /// <summary>Who opened it.</summary>
    public WorkloadPeer Peer => peer;
}
