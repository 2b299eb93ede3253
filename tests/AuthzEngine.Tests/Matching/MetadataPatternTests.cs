using AuthzEngine.Matching;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class MetadataPatternTests
{
    [Theory]
    [InlineData("v", "v", false)]
    [InlineData("[v]", "v", true)]
    [InlineData("[[v]]", "v", true)]
    [InlineData("[a, b]", "a, b", true)]
    [InlineData("[v", "[v", false)]
    [InlineData("v]", "v]", false)]
    [InlineData("[]", "", true)]
    [InlineData("[", "[", false)]
    public void Brackets_around_a_value_seek_it_in_a_list(string value, string text, bool inList) =>
        Assert.Equal(new MetadataPattern(new TextPattern(TextMatch.Exact, text), inList), MetadataPattern.Of(value));

    [Fact]
    public void Neither_form_matches_the_other_kind_of_value()
    {
        ClaimValue text = new ClaimValue.Text("v");
        ClaimValue list = new ClaimValue.List([text]);
        Assert.Equal((true, false), (MetadataPattern.Of("v").Matches(text), MetadataPattern.Of("v").Matches(list)));
        Assert.Equal((false, true), (MetadataPattern.Of("[v]").Matches(text), MetadataPattern.Of("[v]").Matches(list)));
        Assert.False(MetadataPattern.Of("*").Matches(new ClaimValue.Boolean(true)));
    }
}
