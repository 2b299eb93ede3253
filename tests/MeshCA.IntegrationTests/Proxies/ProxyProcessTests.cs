using System.Net;
using System.Net.Sockets;
using Xunit;

namespace MeshCA.IntegrationTests.Proxies;

public sealed class ProxyProcessTests
{
    // The TLS port of a service ends a plain HTTP connection without a word: whoever asked it in a proxy's place would not understand.
    [Fact]
    public async Task Somebody_else_on_the_port_is_not_taken_for_the_proxy()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ProxyProcess.StartAsync(((IPEndPoint)other.LocalEndpoint).Port, "/bin/sh", "-c", "echo the port is taken; exit 1"));
        Assert.Contains("the port is taken", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_for_a_proxy_is_given_to_nobody_who_lets_the_kernel_choose()
    {
        var first = int.Parse(System.IO.File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null)[0], null);
        Assert.InRange(ProxyProcess.FreePort(), 1, Math.Max(first - 1, 65_535 * (first <= 10_000 ? 1 : 0)));
    }
}
