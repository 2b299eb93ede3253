using FsCheck;
using FsCheck.Fluent;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class PercentCodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~ text", "plain ~ text")]
    [InlineData("50%", "50%25")]
    [InlineData("a\tb\r\n", "a%09b%0D%0A")]
    [InlineData("\u263a", "%E2%98%BA")]
    [InlineData("\ud83d\ude08", "%F0%9F%98%88")]
    [InlineData("\u007f", "%7F")]
    public void Bytes_outside_space_to_tilde_are_escaped_in_upper_case(string text, string coded) =>
        Assert.Equal(coded, PercentCoding.Encode(text));

    // Not a row: an attribute cannot hold it.
    [Fact]
    public void Half_a_surrogate_pair_is_sent_as_the_replacement_character() =>
        Assert.Equal("a%EF%BF%BDb", PercentCoding.Encode("a\ud83db"));

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%2", "%2")]
    [InlineData("%zz", "%zz")]
    [InlineData("100%25%", "100%%")]
    [InlineData("%e2%98%ba", "\u263a")]
    [InlineData("%FF", "\ufffd")]
    [InlineData("\u263a%20", "\u263a ")]
    public void A_malformed_escape_stays_as_it_is(string coded, string text) =>
        Assert.Equal(text, PercentCoding.Decode(coded));

    [Fact]
    public void Every_text_of_whole_characters_comes_back() =>
        Prop.ForAll<NonNull<string>>(text => !IsWellFormed(text.Get) || PercentCoding.Decode(PercentCoding.Encode(text.Get)) == text.Get)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_coded_text_is_printable_ascii() =>
        Prop.ForAll<NonNull<string>>(text => PercentCoding.Encode(text.Get).All(character => character is >= ' ' and <= '~'))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Decoding_never_throws() =>
        Prop.ForAll<NonNull<string>>(text => PercentCoding.Decode("%" + text.Get + "%A") is not null)
            .QuickCheckThrowOnFailure();

    private static bool IsWellFormed(string text) =>
        text.EnumerateRunes().Aggregate("", (whole, rune) => whole + rune) == text;
}
