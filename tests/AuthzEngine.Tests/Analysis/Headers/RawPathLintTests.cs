using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class RawPathLintTests
{
    [Theory]
    [InlineData("/a", true)]
    [InlineData("*a", true)]
    [InlineData("/a*", false)]
    [InlineData("/a?b=c", false)]
    [InlineData("*", false)]
    public void The_header_path_has_a_query(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HeaderPathQuery, Written.Allow(Written.When("request.headers[:path]", value))));

    [Fact]
    public void Other_headers_have_none() => Assert.False(Linted.Says(LintCodes.HeaderPathQuery, Written.Allow(Written.When("request.headers[path]", "/a"))));
}
