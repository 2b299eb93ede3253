using System.Text;

namespace MeshCA.Consumers;

/// <summary>Peers as gRPC writes them: <c>ipv4:10.1.2.3:4711</c>, <c>ipv6:[::1]:4711</c>, <c>unix:</c>.</summary>
internal static class PeerText
{
    /// <summary>The peer without its port, which is another with each connection.</summary>
    public static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> peer) =>
        peer.StartsWith("ipv4:"u8) || peer.StartsWith("ipv6:"u8) ? peer[..peer.LastIndexOf((byte)':')] : peer;

    /// <summary>The peer without its port, which is another with each connection.</summary>
    public static string WithoutPort(string peer) => Encoding.UTF8.GetString(WithoutPort(Encoding.UTF8.GetBytes(peer)));
}
