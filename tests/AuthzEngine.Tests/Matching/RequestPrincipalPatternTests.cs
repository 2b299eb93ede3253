using AuthzEngine.Matching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class RequestPrincipalPatternTests
{
    [Theory]
    [InlineData("*", TextMatch.NonEmpty, "", TextMatch.NonEmpty, "")]
    [InlineData("*/s", TextMatch.NonEmpty, "", TextMatch.Exact, "s")]
    [InlineData("*i/s", TextMatch.Suffix, "i", TextMatch.Exact, "s")]
    [InlineData("*/s*", TextMatch.NonEmpty, "", TextMatch.Exact, "s*")]
    [InlineData("*/", TextMatch.NonEmpty, "", TextMatch.Exact, "")]
    [InlineData("*s", TextMatch.NonEmpty, "", TextMatch.Suffix, "s")]
    [InlineData("**", TextMatch.NonEmpty, "", TextMatch.Suffix, "*")]
    [InlineData("i/*", TextMatch.Exact, "i", TextMatch.NonEmpty, "")]
    [InlineData("i/s*", TextMatch.Exact, "i", TextMatch.Prefix, "s")]
    [InlineData("a/b/s*", TextMatch.Exact, "a/b", TextMatch.Prefix, "s")]
    [InlineData("i*", TextMatch.Prefix, "i", TextMatch.NonEmpty, "")]
    [InlineData("i/s", TextMatch.Exact, "i", TextMatch.Exact, "s")]
    [InlineData("i/", TextMatch.Exact, "i", TextMatch.Exact, "")]
    [InlineData("i", TextMatch.Exact, "i", TextMatch.Exact, "")]
    [InlineData("a*/b*c", TextMatch.Exact, "a*", TextMatch.Exact, "b*c")]
    public void The_value_is_split_at_its_last_slash(string value, TextMatch issuer, string iss, TextMatch subject, string sub) =>
        Assert.Equal(
            new RequestPrincipalPattern.Apart(new TextPattern(issuer, iss), new TextPattern(subject, sub)),
            RequestPrincipalPattern.Of(value));

    [Fact]
    public void As_one_text_it_is_a_generic_pattern_on_issuer_slash_subject() => Texts.HoldsFor(
        Texts.Of("i", "s", "/", "*"), Texts.Of("i", "s", "/", "*", "\n", "|"), (value, token) =>
        {
            var (issuer, subject) = token.Split('|', 2) is [var before, var after] ? (before, after) : (token, "s");
            return RequestPrincipalPattern.OfJoined(value).Matches(issuer, subject)
                == TextPattern.Of(value).Matches($"{issuer}/{subject}");
        });

    [Fact]
    public void Matching_never_throws() =>
        Prop.ForAll<NonNull<string>, NonNull<string>, NonNull<string>>((value, issuer, subject) =>
        {
            _ = RequestPrincipalPattern.Of(value.Get).Matches(issuer.Get, subject.Get);
            _ = RequestPrincipalPattern.OfJoined(value.Get).Matches(issuer.Get, subject.Get);
        }).QuickCheckThrowOnFailure();
}
