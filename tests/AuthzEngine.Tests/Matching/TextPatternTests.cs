using System.Text.RegularExpressions;
using AuthzEngine.Matching;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
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
    [InlineData("", TextMatch.Exact, "")]
    public void Only_one_star_is_special(string value, TextMatch kind, string text) =>
        Assert.Equal(new TextPattern(kind, text), TextPattern.Of(value));

    [Theory]
    [InlineData("", true, false)]
    [InlineData("a", true, true)]
    [InlineData("\n", true, false)]
    [InlineData("a\nb", true, false)]
    [InlineData("\r", true, true)]
    public void Presence_is_being_there_or_having_text_without_newline(string value, bool present, bool nonEmpty)
    {
        Assert.Equal(present, TextPattern.Of("*", TextMatch.Present).Matches(value));
        Assert.Equal(nonEmpty, TextPattern.Of("*").Matches(value));
    }

    [Theory]
    [InlineData("aB", "Ab", true)]
    [InlineData("aB*", "AbC", true)]
    [InlineData("*aB", "cAb", true)]
    [InlineData("k", "\u212a", false)]
    [InlineData("\u00e9", "\u00c9", false)]
    [InlineData("[", "{", false)]
    public void Only_ascii_letters_lose_their_case(string value, string text, bool matches) =>
        Assert.Equal(matches, TextPattern.Of(value, ignoreCase: true).Matches(text));

    [Fact]
    public void A_claim_matches_as_a_string_or_through_a_list_of_strings_only()
    {
        var pattern = TextPattern.Of("a");
        var text = new ClaimValue.Text("a");
        Assert.True(pattern.Matches(text));
        Assert.True(pattern.Matches(new ClaimValue.List([new ClaimValue.Number("1"), text])));
        Assert.False(pattern.Matches(new ClaimValue.List([new ClaimValue.List([text])])));
        Assert.False(pattern.Matches(new ClaimValue.Struct(new Dictionary<string, ClaimValue> { ["a"] = text })));
        Assert.False(TextPattern.Of("true").Matches(new ClaimValue.Boolean(true)));
        Assert.False(TextPattern.Of("*").Matches(new ClaimValue.Null()));
    }

    [Fact]
    public void It_equals_the_expression_that_says_the_same() => Texts.HoldsFor(
        Texts.Of("a", "b", "*", "."),
        Texts.Of("a", "b", "*", ".", "\n"),
        (value, text) => TextPattern.Of(value).Matches(text) == Texts.IsWholeMatch(Expression(value), text));

    [Fact]
    public void Matching_never_throws() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((value, text) =>
        {
            _ = TextPattern.Of(value.Get).Matches(text.Get);
            _ = TextPattern.Of(value.Get, TextMatch.Present, ignoreCase: true).Matches(text.Get);
        }).QuickCheckThrowOnFailure();

    private static string Expression(string value) => value switch
    {
        "*" => ".+",
        ['*', .. var suffix] => @"[\s\S]*" + Regex.Escape(suffix),
        [.. var prefix, '*'] => Regex.Escape(prefix) + @"[\s\S]*",
        _ => Regex.Escape(value),
    };
}
