using System.Net;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Requests;

public sealed class IpAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0", 32)]
    [InlineData("192.168.140.255", "192.168.140.255", 32)]
    [InlineData("::", "::", 128)]
    [InlineData("::1", "::1", 128)]
    [InlineData("FE80::CCCC", "fe80::cccc", 128)]
    [InlineData("fd7a:115c:a1e0:ab12:4843:cd96:626b:430b", "fd7a:115c:a1e0:ab12:4843:cd96:626b:430b", 128)]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 128)]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 128)]
    [InlineData("0001:0002::", "1:2::", 128)]
    [InlineData("::ffff:192.168.140.255", "::ffff:192.168.140.255", 128)]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", 128)]
    public void What_go_netip_reads_is_an_address(string text, string printed, int bits)
    {
        Assert.True(IpAddress.TryParse(text, out var address));
        Assert.Equal((printed, bits, true), (address.ToString(), (int)address.Bits, address.IsPresent));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bad")]
    [InlineData("1234")]
    [InlineData("0x7f.1")]
    [InlineData("127.1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.")]
    [InlineData(".1.2.3")]
    [InlineData("1..2.3")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.04")]
    [InlineData("1.2.3.+4")]
    [InlineData("1.2.3.4 ")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.4\0")]
    [InlineData("1.2\0.3.4")]
    [InlineData("1.2.3.\u0664")]
    [InlineData("1.2.3.4:80")]
    [InlineData("::ffff:127.0.0.1.2")]
    [InlineData("::ffff:01.2.3.4")]
    [InlineData("::ffff:1.2.3.256")]
    [InlineData("::1.2.3")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1.2.3.4::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("1:2:3:4:5:6::1.2.3.4")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("1::2:3:4:5:6:7:8")]
    [InlineData("::1::2")]
    [InlineData(":::")]
    [InlineData(":")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData(":1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData("::00001")]
    [InlineData("::g")]
    [InlineData("::1%eth0")]
    [InlineData("fe80::1%")]
    [InlineData("[::1]")]
    [InlineData("::1/64")]
    [InlineData("::1\0")]
    public void What_go_netip_refuses_is_none_and_neither_is_a_zone(string text)
    {
        Assert.False(IpAddress.TryParse(text, out var address));
        Assert.Equal(default, address);
    }

    [Fact]
    public void An_ipv4_peer_of_a_dual_stack_socket_is_ipv4()
    {
        Assert.Equal(IpAddress.Parse("1.2.3.4"), IpAddress.FromSocket(IPAddress.Parse("::ffff:1.2.3.4")));
        Assert.NotEqual(IpAddress.Parse("1.2.3.4"), IpAddress.Parse("::ffff:1.2.3.4"));
        Assert.Equal(IpAddress.Parse("2001:db8::1"), IpAddress.FromSocket(IPAddress.Parse("2001:db8::1")));
    }

    [Fact]
    public void The_absent_address_prints_as_nothing() => Assert.Equal(("", false), (default(IpAddress).ToString(), default(IpAddress).IsPresent));

    [Fact]
    public void Every_address_prints_back()
    {
        var octets = Gen.OneOf(Gen.Choose(0, 255), Gen.Constant(0)).Select(octet => (byte)octet);
        Prop.ForAll(octets.ArrayOf(16).ToArbitrary(), octets.ArrayOf(4).ToArbitrary(), (six, four) =>
            new[] { new IPAddress(four), new IPAddress(six) }.All(address =>
                IpAddress.TryParse(address.ToString(), out var parsed) && parsed.ToString() == address.ToString()))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Parsing_never_throws_and_takes_no_text_that_the_class_library_refuses() =>
        Prop.ForAll(Texts.Of("1", "255", "0", "a", ":", "::", ".", "%", " ", "\0", "f"), text =>
            !IpAddress.TryParse(text, out _) || IPAddress.TryParse(text, out _))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void A_literal_that_is_none_throws() => Assert.Throws<FormatException>(() => IpAddress.Parse("x"));
}
