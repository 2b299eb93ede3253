using FsCheck;
using FsCheck.Fluent;
using MeshCA.Texts;
using Xunit;

namespace MeshCA.Tests.Texts;

public sealed class PrintableTextTests
{
    private const int Longest = 8;

    [Theory]
    [InlineData("", "")]
    [InlineData("plain é 日", "plain é 日", 20)]
    [InlineData("a\u001b[2Jb\nc\u0000", "a?[2Jb?c?", 20)]
    [InlineData("\u202egnp\u2028\u2029\u200b", "?gnp???", 20)] // turns text around, ends lines, hides
    [InlineData("\U000E0041x", "?x", 20)] // a tag: a format character beyond 16 bits
    [InlineData("\uE000", "?", 20)]
    [InlineData("1234567", "1234567")]
    [InlineData("12345678", "1234567…")]
    [InlineData("123456😀", "123456…")] // no half of it
    [InlineData("12345😀", "12345😀", 9)]
    public void Text_of_others_becomes_one_printable_line(string text, string printable, int longest = Longest) =>
        Assert.Equal(printable, PrintableText.Of(text, longest));

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("a\uFFFDb", PrintableText.Of("a\ud83db", 20));

    [Fact]
    public void It_is_never_longer_than_allowed_and_always_whole() => Prop.ForAll<string, PositiveInt>((text, longest) =>
    {
        var printable = PrintableText.Of(text ?? "", longest.Get);
        return printable.Length <= longest.Get && printable.EnumerateRunes().Sum(rune => rune.Utf16SequenceLength) == printable.Length
            && !printable.Any(char.IsControl);
    }).QuickCheckThrowOnFailure();
}
