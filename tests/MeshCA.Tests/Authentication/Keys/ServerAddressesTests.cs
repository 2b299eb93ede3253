using System.Net;
using AuthzEngine.Matching;
using MeshCA.Authentication.Keys;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class ServerAddressesTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::a9fe:a9fe")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2001:0:a9fe:a9fe::")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("febf::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd20:ce::254")]
    [InlineData("ff02::1")]
    public void Policies_do_not_lead_to(string address) => Assert.False(new ServerAddresses([]).Allow(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("10.0.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("128.0.0.1")]
    [InlineData("126.255.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("100.100.100.201")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::101:101")]
    [InlineData("2606:4700::1111")]
    [InlineData("fd00::1")]
    [InlineData("fd00:ec2::253")]
    public void Policies_may_lead_to(string address) => Assert.True(new ServerAddresses([]).Allow(IPAddress.Parse(address)));

    [Fact]
    public void An_exception_allows_its_addresses_and_no_others()
    {
        Assert.True(CidrBlock.TryParse("127.0.0.0/31", out var block));
        var addresses = new ServerAddresses([block]);
        Assert.True(addresses.Allow(IPAddress.Parse("127.0.0.1")));
        Assert.True(addresses.Allow(IPAddress.Parse("::ffff:127.0.0.1")));
        Assert.False(addresses.Allow(IPAddress.Parse("127.0.0.2")));
        Assert.False(addresses.Allow(IPAddress.Parse("::1")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task However_the_host_is_written_the_address_is_judged_before_connecting(string host)
    {
        await using var server = await TestKeyServer.StartAsync(TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        var policy = new FetchPolicy { Servers = new ServerAddresses([]), AllowsAnyHttpUrl = true };
        var source = KeySources.Open(new KeyLocation.Remote(new Uri($"http://{host}:{server.Url.Port}/keys"), policy));
        var failed = Assert.IsType<KeyReading.Failed>(await source.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(KeySourceError.Unreachable, failed.Error);
        Assert.Contains("has no address that policies may lead to", failed.Detail, StringComparison.Ordinal);
    }
}
