using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Values;

public sealed class RepeatedValueLintTests
{
    [Theory]
    [InlineData("GET", true)]
    [InlineData("get", false)]
    [InlineData("PUT", false)]
    public void A_value_is_given_once(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.ValueRepeated, Written.Allow(Written.To(new Operation { Methods = ["GET", value] }))));
}
