using System.IO;
using System.Net;
using System.Net.Sockets;
using MeshCA.Administration;
using MeshCA.Configuration;
using MeshCA.Rpc;
using MeshCA.Storage;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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

    /// <summary>Has the socket bound where nobody else can get at it.</summary>
    public static void AddAdminSocket(this IServiceCollection services) => services.AddOptions<SocketTransportOptions>()
        .Configure<IOptions<ServerOptions>, AdminGrants>((transport, server, grants) =>
        {
            var others = transport.CreateBoundListenSocket;
            transport.CreateBoundListenSocket = endpoint =>
                endpoint is UnixDomainSocketEndPoint && endpoint.ToString() == server.Value.AdminSocket
                    ? Bind(endpoint, server.Value.AdminSocket, grants.HasFurtherUsers)
                    : others(endpoint);
        });

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

    private static Socket Bind(EndPoint endpoint, string path, bool isShared)
    {
        Prepare(path, isShared);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        try
        {
            // Bound, but not listening yet: nobody connects before the mode is right.
            File.SetUnixFileMode(path, isShared ? SharedSocketMode : SocketMode);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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

    private static void Prepare(string path, bool isShared)
    {
        var directory = Path.GetDirectoryName(path)!; // not null: the setting is the absolute path of a file
        var wanted = isShared ? SharedDirectoryMode : DirectoryMode;
        DirectorySync.Create(directory, wanted);
        if (isShared && File.GetUnixFileMode(directory) == DirectoryMode)
        {
            // Made without the grants, or under a mask.
            File.SetUnixFileMode(directory, wanted);
        }

        if (File.GetUnixFileMode(directory) is var mode && mode != wanted)
        {
            throw new IOException($"`{directory}` has mode {Octal(mode)}; the administration socket needs one of mode {Octal(wanted)} for itself");
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (IsServed(path))
        {
            throw new IOException($"another process serves on `{path}`");
        }

        // Left over by a process that was killed. Deleting what is no socket would be somebody's loss.
        File.Delete(path);
    }

    private static bool IsServed(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            return false;
        }
        catch (SocketException e)
        {
            throw new IOException($"`{path}` stands where the administration socket belongs: {e.Message}", e);
        }
    }

    // What connect(2) says of a plain file is the same as of a socket without a listener.
    private static bool IsSocket(string path) => FileKinds.Of(path) == FileKind.Socket;

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8);
}
