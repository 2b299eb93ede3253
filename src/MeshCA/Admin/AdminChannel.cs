using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace MeshCA.Admin;

/// <summary>Connects to the administration socket of a running service.</summary>
internal static class AdminChannel
{
    // A name only: the handler connects to the socket, whatever the address says.
    private static readonly Uri Address = new("http://localhost");

    /// <summary>A channel; it connects with the first call.</summary>
    /// <param name="path">The socket.</param>
    public static GrpcChannel Open(string path) => GrpcChannel.ForAddress(
        Address, new GrpcChannelOptions { HttpHandler = HandlerOf(path), DisposeHttpClient = true, MaxReceiveMessageSize = null });

    /// <summary>Sends requests to a socket, whatever their address says.</summary>
    /// <param name="path">The socket.</param>
    public static SocketsHttpHandler HandlerOf(string path) => new() { ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken) };

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
