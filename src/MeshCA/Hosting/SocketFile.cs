using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MeshCA.Administration;
using MeshCA.Configuration;
using MeshCA.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Binds Unix sockets where nobody else can get at them, and with the rights that they are to have from the first connection on.</summary>
internal static partial class SocketFile
{
    private const string Library = "libc";
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Has the sockets of the settings bound so.</summary>
    public static void AddUnixSockets(this IServiceCollection services) => services.AddOptions<SocketTransportOptions>()
        .Configure<IOptions<ServerOptions>, IOptions<DecisionOptions>, AdminGrants>((transport, server, decisions, grants) =>
        {
            var others = transport.CreateBoundListenSocket;
            transport.CreateBoundListenSocket = endpoint =>
                endpoint is not UnixDomainSocketEndPoint ? others(endpoint)
                : endpoint.ToString() == server.Value.AdminSocket ? Bind(endpoint, server.Value.AdminSocket, AdminSocket.RightsOf(grants))
                : endpoint.ToString() == decisions.Value.Socket ? Bind(endpoint, decisions.Value.Socket, DecisionSocket.RightsOf(decisions.Value))
                : others(endpoint);
        });

    /// <summary>Has one socket bound so.</summary>
    /// <param name="services">Of the host that listens on it.</param>
    /// <param name="path">Its path.</param>
    /// <param name="rights">How its file is kept.</param>
    public static void AddUnixSocket(this IServiceCollection services, string path, SocketRights rights) =>
        services.AddOptions<SocketTransportOptions>().Configure(transport =>
        {
            var others = transport.CreateBoundListenSocket;
            transport.CreateBoundListenSocket = endpoint =>
                endpoint is UnixDomainSocketEndPoint && endpoint.ToString() == path ? Bind(endpoint, path, rights) : others(endpoint);
        });

    /// <summary>Binds one.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="rights">How its file is kept.</param>
    /// <exception cref="IOException">It cannot be bound, or somebody serves there.</exception>
    public static Socket Bind(EndPoint endpoint, string path, SocketRights rights)
    {
        Prepare(path, rights);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        try
        {
            // Bound, but not listening yet: nobody connects before the rights are right.
            if (rights.Group is { } group && lchown(path, Unchanged, group) != 0)
            {
                throw new IOException($"`{path}` cannot be given to the group {group}: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            File.SetUnixFileMode(path, rights.Mode);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Prepare(string path, SocketRights rights)
    {
        var directory = Path.GetDirectoryName(path)!; // not null: the setting is the absolute path of a file
        DirectorySync.Create(directory, rights.NewDirectory);
        if (File.GetUnixFileMode(directory) == rights.Widened)
        {
            File.SetUnixFileMode(directory, rights.NewDirectory);
        }

        var mode = File.GetUnixFileMode(directory);
        if (rights.FaultOfDirectory(mode) is { } fault)
        {
            throw new IOException($"`{directory}` has mode {Octal(mode)}; {fault}");
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
            throw new IOException($"`{path}` stands where a socket of this service belongs: {e.Message}", e);
        }
    }

    // What connect(2) says of a plain file is the same as of a socket without a listener.
    private static bool IsSocket(string path) => FileKinds.Of(path) == FileKind.Socket;

    /// <summary>A mode as people write it.</summary>
    public static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int lchown(string path, uint owner, uint group);
}
