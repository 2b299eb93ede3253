using System.Net.Sockets;
using System.Runtime.InteropServices;
using MeshCA.Agent.Registration;

namespace MeshCA.Hosting;

/// <summary>Who connected to a Unix socket: what the kernel noted then, which the peer cannot forge (unix(7), SO_PEERCRED).</summary>
internal static partial class PeerCredential
{
    private const string Library = "libc";
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int UserIdOffset = sizeof(int);
    private const int GroupIdOffset = 2 * sizeof(int);
    private const int Size = 3 * sizeof(int);

    /// <summary>The effective user id of this process.</summary>
    public static uint OwnUserId => geteuid();

    /// <summary>The user id of a connection's peer.</summary>
    /// <param name="socket">The connection.</param>
    /// <returns>The id; null where the socket has no such peer.</returns>
    public static uint? UserIdOf(Socket socket) => Of(socket)?.UserId;

    /// <summary>A connection's peer.</summary>
    /// <param name="socket">The connection.</param>
    /// <returns>Its process, user and group; null where the socket has no such peer.</returns>
    public static WorkloadPeer? Of(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            return null;
        }

        Span<byte> credential = stackalloc byte[Size];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credential) == Size
            ? new(
                MemoryMarshal.Read<int>(credential),
                MemoryMarshal.Read<uint>(credential[UserIdOffset..]),
                MemoryMarshal.Read<uint>(credential[GroupIdOffset..]))
            : null;
    }

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint geteuid();
}
