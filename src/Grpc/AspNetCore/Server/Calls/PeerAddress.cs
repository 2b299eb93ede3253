using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The peer's address in gRPC's notation.</summary>
internal static class PeerAddress
{
    public static string Format(HttpContext http)
    {
        var connection = http.Connection;
        if (connection.RemoteIpAddress is not { } address)
        {
            var socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
            return socket?.AddressFamily == AddressFamily.Unix ? "unix:" : "unknown";
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"ipv4:{address}:{connection.RemotePort}"
            : $"ipv6:[{address}]:{connection.RemotePort}";
    }
}
