using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class PrincipalShapeLintTests
{
    [Theory]
    [InlineData("shop/cart", true)]
    [InlineData("ns/shop/sa/cart", true)]
    [InlineData("cluster.local/ns/shop/sa/cart/x", true)]
    [InlineData("cluster.local//shop/sa/cart", true)]
    [InlineData("ns/shop/*", true)]
    [InlineData("*/shop/cart", true)]
    [InlineData("*/x/cart", true)]
    [InlineData("cluster.local/ns/shop/sa/", true)]
    [InlineData("cluster.local/ns/shop/sa/cart", false)]
    [InlineData("cluster.local/*", false)]
    [InlineData("cluster.l*", false)]
    [InlineData("cluster.local/n*", false)]
    [InlineData("cluster.local/ns/shop/*", false)]
    [InlineData("cluster.local/ns/shop/sa/c*", false)]
    [InlineData("*", false)]
    [InlineData("*cart", false)]
    [InlineData("*/sa/cart", false)]
    [InlineData("*/ns/shop/sa/cart", false)]
    [InlineData("*s/shop/sa/cart", false)]
    public void A_principal_has_the_form_that_identities_have(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PrincipalShape, Written.Allow(Written.From(new Source { Principals = [value] }))));
}
