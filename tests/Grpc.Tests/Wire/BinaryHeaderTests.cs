using FsCheck;
using FsCheck.Fluent;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class BinaryHeaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("q6ur", "ABABAB")]
    [InlineData("qw", "AB")]
    [InlineData("qw==", "AB")]
    [InlineData("q6s", "ABAB")]
    [InlineData("q6s=", "ABAB")]
    [InlineData(" q6s ", "ABAB")]
    [InlineData("+/+/", "FBFFBF")]
    public void Base64_is_accepted_with_and_without_padding(string text, string hex)
    {
        Assert.True(BinaryHeader.TryDecode(text, out var bytes));
        Assert.Equal(hex, Convert.ToHexString(bytes));
    }

    [Theory]
    [InlineData("q")]
    [InlineData("q6urq")]
    [InlineData("q=")]
    [InlineData("qw=")]
    [InlineData("q6s==")]
    [InlineData("====")]
    [InlineData("q6 r")]
    [InlineData("q6-_")]
    [InlineData("q6u\u00e9")]
    public void Anything_else_is_refused(string text) => Assert.False(BinaryHeader.TryDecode(text, out _));

    [Fact]
    public void All_bytes_come_back_and_padding_is_not_sent() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var text = BinaryHeader.Encode(bytes);
            return !text.Contains('=', StringComparison.Ordinal)
                && BinaryHeader.TryDecode(text, out var back) && back.AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Decoding_never_throws() =>
        Prop.ForAll<NonNull<string>>(text => BinaryHeader.TryDecode(text.Get, out var bytes) == bytes is not null)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Long_values_are_decoded_too()
    {
        var bytes = Enumerable.Range(0, 5000).Select(number => (byte)(number % 251)).ToArray();
        Assert.True(BinaryHeader.TryDecode(BinaryHeader.Encode(bytes), out var back));
        Assert.Equal(bytes, back);
    }
}
