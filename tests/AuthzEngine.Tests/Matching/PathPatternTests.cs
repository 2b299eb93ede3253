using System.Text.RegularExpressions;
using AuthzEngine.Matching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class PathPatternTests
{
    private const string Segment = "[A-Za-z0-9._~%!$&'()+,;:@=-]";

    [Theory]
    [InlineData("/a/{*}", "/a/")]
    [InlineData("/{**}", "/")]
    [InlineData("{**}", "")]
    [InlineData("/a/{*}/b/{**}/c", "/a/")]
    public void A_value_with_an_operator_is_a_template(string value, string prefix)
    {
        Assert.True(PathPattern.TryParse(value, out var pattern));
        var template = Assert.IsType<PathPattern.Template>(pattern);
        Assert.Equal((value, prefix), (template.Text, template.LiteralPrefix));
    }

    [Theory]
    [InlineData("/a/{b}")]
    [InlineData("/a/*")]
    [InlineData("/a/{}")]
    [InlineData("/a/{***}")]
    [InlineData("")]
    public void A_value_without_an_operator_is_a_generic_pattern(string value)
    {
        Assert.True(PathPattern.TryParse(value, out var pattern));
        Assert.Equal(new PathPattern.Generic(TextPattern.Of(value)), pattern);
    }

    [Theory]
    [InlineData("/{*}{*}")]
    [InlineData("/{**}{*}")]
    [InlineData("/{*}/{**}/{*}")]
    [InlineData("/{**}/{**}")]
    [InlineData("/a{*}")]
    [InlineData("/{*}a")]
    [InlineData("/a{**}")]
    [InlineData("/{**}a")]
    [InlineData("/{*}/{b}")]
    [InlineData("/{*}/b*")]
    [InlineData("/{*}/b?c")]
    [InlineData("/{*}/\u00e9")]
    [InlineData("*/{*}")]
    public void A_template_that_envoy_refuses_is_none(string value) => Assert.False(PathPattern.TryParse(value, out _));

    [Fact]
    public void A_template_equals_the_expression_that_says_the_same() => Texts.HoldsFor(
        Texts.Of("/a", "/b", "/{*}", "/{**}", "/"),
        Texts.Of("/a", "/b", "/", "//", "%", "*", "\u00e9", "c.d"),
        (value, path) => !PathPattern.TryParse(value, out var pattern)
            || pattern is not PathPattern.Template
            || pattern.Matches(path) == Texts.IsWholeMatch(Expression(value), path));

    [Fact]
    public void Parsing_and_matching_never_throw() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((value, path) =>
        {
            foreach (var text in new[] { value.Get, "/{*}" + value.Get, value.Get + "/{**}" })
            {
                _ = PathPattern.TryParse(text, out var pattern) && pattern.Matches(path.Get);
            }
        }).QuickCheckThrowOnFailure();

    private static string Expression(string template) => Regex.Escape(template)
        .Replace(@"\{\*\*}", $"(?:{Segment}|/)*", StringComparison.Ordinal)
        .Replace(@"\{\*}", $"{Segment}+", StringComparison.Ordinal);
}
