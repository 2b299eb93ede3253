using AuthzEngine.Matching;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class CidrBlockTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3/8", "10.1.2.3/8")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::1", "::1/128")]
    [InlineData("2001:DB8::/32", "2001:db8::/32")]
    [InlineData("::ffff:1.2.3.4/96", "::ffff:1.2.3.4/96")]
    public void A_block_is_an_address_with_or_without_a_length(string text, string printed)
    {
        Assert.True(CidrBlock.TryParse(text, out var block));
        Assert.Equal(printed, block.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/8")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.0.0.0/8\0")]
    [InlineData("10.0.0/8")]
    [InlineData("10.0.0.0-10.0.0.9")]
    [InlineData("::/129")]
    [InlineData("::/1000")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("x")]
    public void Anything_else_is_no_block(string text) => Assert.False(CidrBlock.TryParse(text, out _));

    [Theory]
    [InlineData("0.0.0.0/0", "255.0.0.1", true)]
    [InlineData("::/0", "ffff::1", true)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("10.0.0.8/30", "10.0.0.7", false)]
    [InlineData("10.0.0.8/30", "10.0.0.8", true)]
    [InlineData("10.0.0.8/30", "10.0.0.11", true)]
    [InlineData("10.0.0.8/30", "10.0.0.12", false)]
    [InlineData("2001:db8::/127", "2001:db8::1", true)]
    [InlineData("2001:db8::/127", "2001:db8::2", false)]
    public void A_block_holds_the_addresses_that_start_with_its_bits(string text, string address, bool holds)
    {
        Assert.True(CidrBlock.TryParse(text, out var block));
        Assert.Equal(holds, block.Contains(IpAddress.Parse(address)));
        Assert.False(block.Contains(default));
    }

    [Fact]
    public void Containment_equals_that_of_the_class_library()
    {
        Prop.ForAll<uint, uint, byte>((network, address, bits) =>
        {
            var length = bits % 33;
            var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
            var near = (network & mask) | (address >> (bits % 5 == 0 ? 0 : length % 32));
            var library = new System.Net.IPNetwork(ToIp(network & mask), length);
            return CidrBlock.TryParse($"{ToIp(network)}/{length}", out var block)
                && block.Contains(IpAddress.FromSocket(ToIp(near))) == library.Contains(ToIp(near));
        }).QuickCheckThrowOnFailure();

        static System.Net.IPAddress ToIp(uint value) =>
            new([(byte)(value >> 24), (byte)(value >> 16 & 0xff), (byte)(value >> 8 & 0xff), (byte)(value & 0xff)]);
    }

    [Fact]
    public void Parsing_never_throws() =>
        Prop.ForAll<NonNull<string>>(text => CidrBlock.TryParse(text.Get, out var block) == block is not null
            && CidrBlock.TryParse("10.0.0.0/" + text.Get, out block) == block is not null).QuickCheckThrowOnFailure();
}
