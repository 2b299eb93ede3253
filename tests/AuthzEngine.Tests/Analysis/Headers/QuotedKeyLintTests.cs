using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class QuotedKeyLintTests
{
    [Theory]
    [InlineData("\"a\"", true)]
    [InlineData("'a'", true)]
    [InlineData("a", false)]
    [InlineData("a'b", false)]
    public void Quotes_are_part_of_a_name(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ConditionKeyQuoted, Written.Allow(Written.When($"request.headers[{value}]", "x"))));
}
