using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class HeaderListLintTests
{
    [Theory]
    [InlineData("a,b", true)]
    [InlineData("a", false)]
    public void Lines_of_headers_are_not_split(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HeaderList, Written.Allow(Written.When("request.headers[a]", value))));
}
