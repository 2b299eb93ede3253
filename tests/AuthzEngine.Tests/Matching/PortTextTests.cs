using AuthzEngine.Matching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class PortTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("80", 80)]
    [InlineData("000000000000000000000000000080", 80)]
    [InlineData("65535", 65535)]
    public void A_port_is_decimal_digits(string text, int port)
    {
        Assert.True(PortText.TryParse(text, out var parsed));
        Assert.Equal(port, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("65536")]
    [InlineData("18446744073709551616")]
    [InlineData("-1")]
    [InlineData("+80")]
    [InlineData(" 80")]
    [InlineData("80 ")]
    [InlineData("80\0")]
    [InlineData("8,080")]
    [InlineData("0x50")]
    [InlineData("80-90")]
    [InlineData("http")]
    [InlineData("\u0668\u0660")]
    public void Anything_else_is_no_port(string text) => Assert.False(PortText.TryParse(text, out _));

    [Fact]
    public void Every_port_prints_back() => Prop.ForAll<ushort>(port =>
        PortText.TryParse(port.ToString(System.Globalization.CultureInfo.InvariantCulture), out var parsed) && parsed == port)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Parsing_never_throws() => Prop.ForAll<NonNull<string>>(text =>
        !PortText.TryParse(text.Get, out var port) || port is >= 0 and <= 65535).QuickCheckThrowOnFailure();
}
