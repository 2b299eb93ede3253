using AuthzEngine.Matching;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class AsciiFoldingTests
{
    [Fact]
    public void Exactly_the_26_capital_letters_change() =>
        Assert.All(Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code), letter =>
            Assert.Equal(letter is >= 'A' and <= 'Z' ? (char)(letter + 32) : letter, AsciiFolding.Lower(letter)));

    [Fact]
    public void A_text_is_folded_letter_by_letter() => Assert.Equal("x-\u00c9z[", AsciiFolding.Lower("X-\u00c9Z["));

    [Theory]
    [InlineData("Ab", "aB", true, true, true)]
    [InlineData("Abc", "aB", false, true, false)]
    [InlineData("cAb", "aB", false, false, true)]
    [InlineData("b", "aB", false, false, false)]
    [InlineData("", "", true, true, true)]
    public void Texts_are_compared_whole_from_the_start_and_from_the_end(string value, string text, bool equal, bool starts, bool ends)
    {
        Assert.Equal(equal, AsciiFolding.Equal(value, text));
        Assert.Equal(starts, AsciiFolding.StartsWith(value, text));
        Assert.Equal(ends, AsciiFolding.EndsWith(value, text));
    }
}
