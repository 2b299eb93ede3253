using System.Collections.Frozen;
using System.IO;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Hosting;

/// <summary>The Unix socket on which proxies of this machine ask: gRPC in the clear, for the users that the settings name.</summary>
/// <remarks>
/// The kernel's word for the peer's user id decides who asks and whom it may ask about; the file's mode only says who gets that
/// far. Nobody is admitted unnamed, neither root nor the service's own user.
/// </remarks>
internal static class DecisionSocket
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // Others pass through, but only the service makes and removes what is in it.
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>How the socket's file is kept.</summary>
    public static SocketRights RightsOf(DecisionOptions options) => new(options.ToSocketMode(), (uint?)options.SocketGroup)
    {
        NewDirectory = DirectoryMode,
        FaultOfDirectory = mode => (mode & WritableByOthers) == 0
            ? null
            : "who can write to it can put a socket of his own in the place of the one for decisions, and allow everything",
    };

    /// <summary>Adds the listener, if one is set.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">The settings.</param>
    public static void ListenOnDecisionSocket(this KestrelServerOptions kestrel, DecisionOptions options)
    {
        if (options.Socket.Length == 0)
        {
            return;
        }

        // The refusals need the metrics, which are made after the server.
        var refusals = new Lazy<DecisionRefusals>(kestrel.ApplicationServices.GetRequiredService<DecisionRefusals>);
        var peers = options.ToSocketPeers();
        kestrel.ListenUnixSocket(options.Socket, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Mark(ListenerKind.DecisionSocket);
            listen.Use(next => connection => AdmitAsync(connection, next, peers, refusals));
        });
    }

    private static Task AdmitAsync(
        ConnectionContext connection, ConnectionDelegate next, FrozenDictionary<uint, DecisionCaller> peers, Lazy<DecisionRefusals> refusals)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        var user = socket is null ? null : PeerCredential.UserIdOf(socket);
        if (user is not { } known || !peers.TryGetValue(known, out var caller))
        {
            refusals.Value.Note(DecisionRefusal.CallerUnknown, "", $"uid:{user}");
            connection.Abort();
            return Task.CompletedTask;
        }

        connection.Features.Set(new ConnectionCaller(caller));
        return next(connection);
    }
}
