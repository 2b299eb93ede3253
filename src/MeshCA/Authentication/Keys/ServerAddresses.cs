using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace MeshCA.Authentication.Keys;

/// <summary>Which addresses URLs of policies may lead to.</summary>
/// <remarks>
/// Whoever may write a policy must not have this service ask its own listeners, or a cloud's metadata server, which hands
/// out credentials. Names are judged by what they resolve to at the moment of connecting: checked earlier, they could
/// resolve to something else by then.
/// </remarks>
/// <param name="exceptions">Addresses that are allowed even so.</param>
internal sealed class ServerAddresses(IReadOnlyList<CidrBlock> exceptions)
{
    private const int EmbeddedBits = 32;

    private static readonly CidrBlock[] Refused =
    [
        .. Blocks(
            "0.0.0.0/8", // this host, RFC 1122 §3.2.1.3
            "127.0.0.0/8", // loopback
            "169.254.0.0/16", // link-local; metadata servers of AWS, Azure, GCP and others
            "100.100.100.200", // metadata server of Alibaba
            "168.63.129.16", // metadata server of Azure
            "192.0.0.0/24", // RFC 6890; metadata server of Oracle
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, broadcast
            "::/96", // unspecified, loopback, IPv4-compatible
            "::ffff:0:0/96", // IPv4-mapped, in any form that was not taken for IPv4
            "64:ff9b:1::/48", // local translation to IPv4, RFC 8215: nobody knows where to
            "2002::/16", // 6to4, which leads to IPv4
            "2001::/32", // Teredo, which leads to IPv4
            "fe80::/10", // link-local
            "fec0::/10", // site-local
            "fd00:ec2::254", // metadata server of AWS
            "fd20:ce::254", // metadata server of GCP
            "ff00::/8"), // multicast
    ];

    // RFC 6052 §2.1: an IPv4 address in the last 32 bits.
    private static readonly CidrBlock Translated = Blocks("64:ff9b::/96").Single();

    /// <summary>Whether an address may be connected to.</summary>
    /// <param name="address">The address.</param>
    public bool Allow(IPAddress address)
    {
        var plain = IpAddress.FromSocket(address);
        return Contains(exceptions, plain) || !(Contains(Refused, plain) || (Translated.Contains(plain) && !Allow(Embedded(plain))));
    }

    /// <summary>Connects to the first address of a server that may be connected to; for <see cref="SocketsHttpHandler"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = Array.FindAll(await Dns.GetHostAddressesAsync(host, cancellationToken), Allow);
        if (addresses.Length == 0)
        {
            throw new HttpRequestException($"`{host}` has no address that policies may lead to");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool Contains(IEnumerable<CidrBlock> blocks, IpAddress address) => blocks.Any(block => block.Contains(address));

    private static IPAddress Embedded(IpAddress address)
    {
        Span<byte> octets = stackalloc byte[EmbeddedBits / 8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)(address.Value & uint.MaxValue));
        return new IPAddress(octets);
    }

    private static IEnumerable<CidrBlock> Blocks(params string[] texts)
    {
        foreach (var text in texts)
        {
            yield return CidrBlock.TryParse(text, out var block) ? block : throw new FormatException(text);
        }
    }
}
