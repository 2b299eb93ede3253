using System.IO;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshCA.Hosting;

/// <summary>The Unix socket for administrators: gRPC in the clear for this machine's root and the service's own user.</summary>
/// <remarks>
/// Three walls, each enough: a directory of mode 0700, a socket of mode 0600, and the peer's user id by the kernel's word. The
/// last also stands where somebody loosens the other two.
/// </remarks>
internal static class AdminSocket
{
    private const uint Root = 0;
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How the socket's file is kept.</summary>
    public static SocketRights Rights { get; } = new(SocketMode, Group: null)
    {
        NewDirectory = DirectoryMode,
        FaultOfDirectory = mode => mode == DirectoryMode ? null : "the administration socket needs one of mode 0700 for itself",
    };

    /// <summary>Adds the listener.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="path">Absolute path of the socket; empty: there is none.</param>
    public static void ListenForAdministrators(this KestrelServerOptions kestrel, string path)
    {
        if (path.Length == 0)
        {
            return;
        }

        var logger = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AdminSocket));
        kestrel.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Mark(ListenerKind.Admin);
            listen.Use(next => connection => AdmitAsync(connection, next, logger));
        });
    }

    /// <summary>Whether a peer may administer.</summary>
    /// <param name="peer">Its user id; null where the kernel names none.</param>
    /// <param name="own">The service's user id.</param>
    public static bool IsAdmitted(uint? peer, uint own) => peer is Root || (peer is { } user && user == own);

    private static Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next, ILogger logger)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        var peer = socket is null ? null : PeerCredential.UserIdOf(socket);
        if (!IsAdmitted(peer, PeerCredential.OwnUserId))
        {
            Log.AdminPeerRefused(logger, peer);
            connection.Abort();
            return Task.CompletedTask;
        }

        connection.Features.Set(new AdminPeer(peer.GetValueOrDefault()));
        return next(connection);
    }
}
