using AuthzEngine.Matching;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class TextPatternTests
{
    [Theory]
    [InlineData("abc", TextMatch.Exact, "abc")]
    [InlineData("abc*", TextMatch.Prefix, "abc")]
    [InlineData("*abc", TextMatch.Suffix, "abc")]
    [InlineData("*a*", TextMatch.Suffix, "a*")]
    [InlineData("a*b", TextMatch.Exact, "a*b")]
    [InlineData("*", TextMatch.NonEmpty, "")]
    [InlineData("**", TextMatch.Suffix, "*")]
    public void Only_one_star_is_special(string value, TextMatch kind, string text) =>
        Assert.Equal(new TextPattern(kind, text), TextPattern.Of(value));
}
