using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Json;
using Xunit;

namespace SpiffeIdentity.Tests.Json;

public sealed class CanonicalBase64UrlTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("AA", true)]
    [InlineData("AAA", true)]
    [InlineData("-_-_", true)]
    [InlineData("A", false)]
    [InlineData("AAAAA", false)]
    [InlineData("AB", false)]
    [InlineData("AAB", false)]
    [InlineData("AA==", false)]
    [InlineData("A A", false)]
    [InlineData("AA\n", false)]
    [InlineData("+/+/", false)]
    [InlineData("AAA\u0141", false)]
    public void There_is_one_text_for_each_value(string text, bool expected) =>
        Assert.Equal(expected, CanonicalBase64Url.TryDecode(text, out _));

    [Fact]
    public void What_is_encoded_is_decoded_to_itself() =>
        Prop.ForAll<byte[]>(bytes =>
            CanonicalBase64Url.TryDecode(System.Buffers.Text.Base64Url.EncodeToString(bytes ?? []), out var read)
            && read.AsSpan().SequenceEqual(bytes))
            .QuickCheckThrowOnFailure();
}
