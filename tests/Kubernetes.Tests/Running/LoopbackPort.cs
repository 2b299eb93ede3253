using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kubernetes.Tests.Running;

/// <summary>Ports of loopback for servers that are started again on the same one.</summary>
internal static class LoopbackPort
{
    // Below the range from which the kernel gives ports to clients: nobody takes one while its server is down.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    /// <summary>Finds one that nobody listens on.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }
}
