using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Headers;

public sealed class MethodLintTests
{
    [Theory]
    [InlineData("get", true)]
    [InlineData("Get", true)]
    [InlineData("GET", false)]
    [InlineData("*", false)]
    [InlineData("P*", false)]
    public void Methods_are_in_capitals(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.MethodCase, Written.Allow(Written.To(new Operation { Methods = [value] }))));

    [Theory]
    [InlineData("GET,POST", true)]
    [InlineData("GET POST", true)]
    [InlineData("GET|POST", true)]
    [InlineData("/shop.Cart/Add", true)]
    [InlineData("M-SEARCH", false)]
    public void A_method_is_one_token(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.MethodInvalid, Written.Allow(Written.To(new Operation { Methods = [value] }))));
}
