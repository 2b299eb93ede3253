using AuthzEngine.Diagnostics;
using Xunit;

namespace AuthzEngine.Tests.Diagnostics;

public sealed class ExcerptTests
{
    [Theory]
    [InlineData("", "``")]
    [InlineData("a é 😀", "`a é 😀`")]
    [InlineData("a\u001b[31m\n\r\u0000b", "`a?[31m???b`")]
    [InlineData("a` is `b", "`a? is ?b`")]
    [InlineData("\u202eb\u200b\u2028", "`?b??`")]
    public void Untrusted_text_cannot_steer_a_terminal(string text, string quoted) => Assert.Equal(quoted, Excerpt.Of(text));

    [Fact]
    public void Half_a_character_is_quoted_as_one_that_is_none() => Assert.Equal("`\ufffd`", Excerpt.Of("\ud800"));

    [Theory]
    [InlineData(79, 81)]
    [InlineData(80, 82)]
    [InlineData(81, 83)]
    [InlineData(1_000_000, 83)]
    public void Long_text_is_cut(int length, int quoted) => Assert.Equal(quoted, Excerpt.Of(new string('a', length)).Length);
}
