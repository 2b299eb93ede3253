using AuthzEngine.Matching;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class DnsNamePatternTests
{
    [Theory]
    [InlineData("cart", true)]
    [InlineData("cart.shop.svc.cluster.local", true)]
    [InlineData("CART.Example", true)]
    [InlineData("1-2.example", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("cart.", false)]
    [InlineData(".cart", false)]
    [InlineData("a..b", false)]
    [InlineData("-a.b", false)]
    [InlineData("a-.b", false)]
    [InlineData("a_b.c", false)]
    [InlineData("*.shop", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("caf\u00e9.example", false)]
    [InlineData("a b", false)]
    public void A_name_is_labels_of_letters_digits_and_inner_hyphens(string text, bool isName) =>
        Assert.Equal(isName, DnsNamePattern.IsName(text));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_so_many_characters(int length, bool isName) =>
        Assert.Equal(isName, DnsNamePattern.IsName(new string('a', length)));

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void A_name_has_so_many_characters(int length, bool isName)
    {
        var labels = string.Concat(Enumerable.Repeat("aaaaaaaaa.", 25));
        Assert.Equal(isName, DnsNamePattern.IsName(labels + new string('b', length - labels.Length)));
    }

    [Theory]
    [InlineData("cart.shop", "cart.shop", true)]
    [InlineData("cart.shop", "CART.shop", true)]
    [InlineData("cart.shop", "a.cart.shop", false)]
    [InlineData("*.shop", "cart.shop", true)]
    [InlineData("*.shop", "a.b.shop", true)]
    [InlineData("*.shop", "shop", false)]
    [InlineData("*.shop", "eshop", false)]
    [InlineData("*.shop", "cart.shop.elsewhere", false)]
    public void A_pattern_permits_a_name_or_what_is_below_a_domain(string pattern, string name, bool isPermitted)
    {
        Assert.True(DnsNamePattern.TryParse(pattern, out var parsed));
        Assert.Equal(isPermitted, parsed.Matches(name));
        Assert.Equal(pattern, parsed.Text);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*shop")]
    [InlineData("web*")]
    [InlineData("*.*.shop")]
    [InlineData("")]
    public void A_star_in_another_place_is_no_pattern(string text) => Assert.False(DnsNamePattern.TryParse(text, out _));
}
