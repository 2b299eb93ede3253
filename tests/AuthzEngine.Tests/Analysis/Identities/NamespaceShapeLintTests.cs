using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Identities;

public sealed class NamespaceShapeLintTests
{
    [Theory]
    [InlineData("Shop", true)]
    [InlineData("shop/cart", true)]
    [InlineData("shop.example", true)]
    [InlineData("shop", false)]
    [InlineData("sh*p-1*", false)]
    [InlineData("*", false)]
    public void A_namespace_is_a_name_that_Kubernetes_allows(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.NamespaceShape, Written.Allow(Written.From(new Source { Namespaces = [value] }))));
}
