using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class HeaderNameLintTests
{
    [Theory]
    [InlineData("a b", true)]
    [InlineData("a:b", true)]
    [InlineData("a,b", true)]
    [InlineData("x-a_b.c", false)]
    [InlineData(":path", false)]
    [InlineData(":AUTHORITY", false)]
    [InlineData("\"a\"", false)]
    public void A_header_has_a_name_that_a_request_can_have(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HeaderNameInvalid, Written.Allow(Written.When($"request.headers[{value}]", "x"))));
}
