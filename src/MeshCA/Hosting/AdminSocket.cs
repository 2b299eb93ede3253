using System.IO;
using MeshCA.Administration;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshCA.Hosting;

/// <summary>The Unix socket for administrators: gRPC in the clear for this machine's root, the service's own user, and users with a grant.</summary>
/// <remarks>
/// Three walls, each enough: a directory of mode 0700, a socket of mode 0600, and the peer's user id by the kernel's word. The
/// last also stands where somebody loosens the other two, and alone where other users have grants: they must reach the file.
/// </remarks>
internal static class AdminSocket
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // connect(2) needs the right to write, and that to pass the directory.
    private const UnixFileMode SharedDirectoryMode = DirectoryMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode SharedSocketMode = SocketMode | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>How the socket's file is kept.</summary>
    /// <param name="grants">Whether other users have grants: they must reach the file.</param>
    public static SocketRights RightsOf(AdminGrants grants)
    {
        var wanted = grants.HasFurtherUsers ? SharedDirectoryMode : DirectoryMode;
        return new(grants.HasFurtherUsers ? SharedSocketMode : SocketMode, Group: null)
        {
            NewDirectory = wanted,

            // Made without the grants, or under a mask.
            Widened = grants.HasFurtherUsers ? DirectoryMode : null,
            FaultOfDirectory = mode =>
                mode == wanted ? null : $"the administration socket needs one of mode {SocketFile.Octal(wanted)} for itself",
        };
    }

    /// <summary>Adds the listener.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="path">Absolute path of the socket; empty: there is none.</param>
    public static void ListenForAdministrators(this KestrelServerOptions kestrel, string path)
    {
        if (path.Length == 0)
        {
            return;
        }

        var grants = kestrel.ApplicationServices.GetRequiredService<AdminGrants>();
        var logger = kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AdminSocket));
        kestrel.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Mark(ListenerKind.Admin);
            listen.Use(next => connection => AdmitAsync(connection, next, grants, logger));
        });
    }

    private static Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next, AdminGrants grants, ILogger logger)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        var peer = socket is null ? null : PeerCredential.UserIdOf(socket);
        if (grants.Find(peer) is null)
        {
            Log.AdminPeerRefused(logger, peer);
            connection.Abort();
            return Task.CompletedTask;
        }

        connection.Features.Set(new AdminPeer(peer.GetValueOrDefault()));
        return next(connection);
    }
}
