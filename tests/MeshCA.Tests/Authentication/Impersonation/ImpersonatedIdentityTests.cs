using MeshCA.Authentication.Impersonation;
using SpiffeIdentity;
using Xunit;

namespace MeshCA.Tests.Authentication.Impersonation;

/// <summary>What a node proxy may name (istio-ca §2.6, §9.2 item 6; appendix B item 6).</summary>
public sealed class ImpersonatedIdentityTests
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("cluster.local");

    [Theory]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart", "None")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart.v1", "None")]
    [InlineData("spiffe://elsewhere/ns/shop/sa/cart", "ImpersonatedForeign")]
    [InlineData("spiffe://cluster.local.evil/ns/shop/sa/cart", "ImpersonatedForeign")]
    [InlineData("spiffe://CLUSTER.LOCAL/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe:///ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("SPIFFE://cluster.local/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("https://cluster.local/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart,spiffe://cluster.local/ns/shop/sa/admin", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart,admin", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/*", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/*/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/c%61rt", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/Cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/.", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/../sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart/", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart/x", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns//sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local//ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/sa/cart/ns/shop", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart?x", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart#x", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local:443/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://u@cluster.local/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData(" spiffe://cluster.local/ns/shop/sa/cart", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart\n", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart\0", "ImpersonatedMalformed")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/ca\u0433t", "ImpersonatedMalformed")]
    [InlineData("", "ImpersonatedMalformed")]
    public void Only_the_exact_form_passes(string text, string expected)
    {
        var parsed = ImpersonatedIdentity.TryParse(text, Domain, out var identity, out var error);
        Assert.Equal(expected, error.ToString());
        Assert.Equal(expected == "None", parsed);
        Assert.Equal(parsed ? text : null, identity?.Id.ToString());
    }

    [Fact]
    public void A_name_beyond_all_limits_does_not_pass() => Assert.False(ImpersonatedIdentity.TryParse(
        $"spiffe://cluster.local/ns/shop/sa/{new string('a', 254)}", Domain, out _, out _));
}
