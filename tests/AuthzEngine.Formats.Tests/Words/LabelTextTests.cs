using AuthzEngine.Formats.Words;
using Xunit;

namespace AuthzEngine.Formats.Tests.Words;

public sealed class LabelTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("app=web", "app=web")]
    [InlineData("version=v1, app=web,", "app=web,version=v1")]
    [InlineData("example.org/tier=", "example.org/tier=")]
    public void What_is_read_is_printed_by_name(string text, string printed)
    {
        Assert.True(LabelText.TryParse(text, out var labels));
        Assert.Equal(printed, LabelText.Of(labels));
    }

    [Theory]
    [InlineData("app")]
    [InlineData("=web")]
    [InlineData("app=a=b")]
    [InlineData("app=a,app=b")]
    public void Other_texts_are_no_labels(string text) => Assert.False(LabelText.TryParse(text, out _));
}
