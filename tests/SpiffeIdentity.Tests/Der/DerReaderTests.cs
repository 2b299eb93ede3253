using FsCheck;
using FsCheck.Fluent;
using System.Formats.Asn1;
using SpiffeIdentity.Der;
using Xunit;

namespace SpiffeIdentity.Tests.Der;

public sealed class DerReaderTests
{
    [Theory]
    [InlineData("020100", "00")]
    [InlineData("02017F", "7F")]
    [InlineData("02020080", "80")]
    [InlineData("0200", null)]
    [InlineData("020180", null)]
    [InlineData("0202007F", null)]
    [InlineData("02810101", null)]
    [InlineData("040101", null)]
    [InlineData("0202", null)]
    public void Integers_are_positive_and_in_their_shortest_form(string der, string? expected)
    {
        var reader = new DerReader(Convert.FromHexString(der));
        var found = reader.TryReadUnsigned(out var magnitude);
        Assert.Equal(expected, found ? Convert.ToHexString(magnitude) : null);
        Assert.Equal(found, reader.IsAtEnd);
    }

    [Theory]
    [InlineData("0603550406", true)]
    [InlineData("0600", false)]
    [InlineData("06028001", false)]
    [InlineData("060186", false)]
    [InlineData("0603558006", false)]
    public void Object_identifiers_are_in_their_shortest_form(string der, bool expected) =>
        Assert.Equal(expected, new DerReader(Convert.FromHexString(der)).TryReadOid(out _));

    [Theory]
    [InlineData("0101FF", true)]
    [InlineData("010100", true)]
    [InlineData("010101", false)]
    [InlineData("0102FFFF", false)]
    public void Booleans_are_all_ones_or_zeros(string der, bool expected) =>
        Assert.Equal(expected, new DerReader(Convert.FromHexString(der)).TryReadBoolean(out _));

    [Theory]
    [InlineData("03020780", 0x8000)]
    [InlineData("03020204", 0x0400)]
    [InlineData("0303070080", 0x0080)]
    [InlineData("030100", 0)]
    [InlineData("03020680", null)]
    [InlineData("03020781", null)]
    [InlineData("03020880", null)]
    [InlineData("030200", null)]
    [InlineData("0300", null)]
    [InlineData("030107", null)]
    [InlineData("030400808001", null)]
    public void Named_bits_have_no_trailing_zeros(string der, int? expected)
    {
        var reader = new DerReader(Convert.FromHexString(der));
        Assert.Equal(expected, reader.TryReadNamedBits(out var bits) ? bits : null);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Nesting_has_a_limit(int levels, bool expected)
    {
        byte[] der = [];
        for (var i = 0; i < levels; i++)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                if (der.Length > 0)
                {
                    writer.WriteEncodedValue(der);
                }
            }

            der = writer.Encode();
        }

        Assert.Equal(expected, DerReader.IsWellFormed(der, 16));
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_or_read_past_the_end() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var reader = new DerReader(bytes);
            var read = 0;
            while (reader.TryReadAny(out _, out _, out var encoded))
            {
                read += encoded.Length;
            }

            DerReader.IsWellFormed(bytes, 8);
            return read <= bytes.Length && reader.IsAtEnd == (read == bytes.Length);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Unsigned_integers_agree_with_the_platform() =>
        Prop.ForAll<byte[]>(content =>
        {
            byte[] der = [0x02, (byte)content.Length, .. content];
            var found = new DerReader(der).TryReadUnsigned(out var magnitude);
            return content.Length > 100 || found == IsUnsigned(der)
                && (!found || new System.Numerics.BigInteger(magnitude, isUnsigned: true, isBigEndian: true)
                    == new System.Numerics.BigInteger(content, isBigEndian: true));
        }).QuickCheckThrowOnFailure();

    private static bool IsUnsigned(byte[] der)
    {
        try
        {
            return AsnDecoder.ReadInteger(der, AsnEncodingRules.DER, out var read).Sign >= 0 && read == der.Length;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
