using MeshCA.Issuance;
using Xunit;

namespace MeshCA.Tests.Issuance;

public sealed class SerialNumberTests
{
    [Fact]
    public void A_drawn_serial_is_positive_and_fits_sixteen_octets()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var serial = SerialNumber.Draw();
            Assert.NotEqual(UInt128.Zero, serial.Value);
            Assert.True(serial.Value >> 127 == UInt128.Zero);
        }
    }

    [Fact]
    public void Drawn_serials_differ() => Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => SerialNumber.Draw()).Distinct().Count());

    [Fact]
    public void What_is_printed_is_read_back()
    {
        var serial = SerialNumber.Draw();
        Assert.True(SerialNumber.TryParse(serial.ToString(), out var parsed));
        Assert.Equal(serial, parsed);
        Assert.True(SerialNumber.TryRead(serial.ToByteArray(), out var read));
        Assert.Equal(serial, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("xyz")]
    [InlineData("-1")]
    [InlineData("ffffffffffffffffffffffffffffffffff")]
    [InlineData("fffffffffffffffffffffffffffffffffff")]
    public void What_is_no_serial_is_refused(string? text) => Assert.False(SerialNumber.TryParse(text, out _));

    [Fact]
    public void Colons_as_openssl_prints_them_are_read()
    {
        Assert.True(SerialNumber.TryParse("0A:0B", out var serial));
        Assert.Equal((UInt128)0x0A0B, serial.Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void Bytes_of_another_length_are_refused(int length) =>
        Assert.False(SerialNumber.TryRead(Enumerable.Repeat((byte)1, length).ToArray(), out _));
}
