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
        Assert.Equal(isPermitted, parsed.Matches(name, "", ""));
        Assert.Equal(pattern, parsed.Text);
        Assert.False(parsed.DependsOnCaller);
    }

    [Theory]
    [InlineData("${serviceAccount}.${namespace}.svc", "web.shop.svc", true)]
    [InlineData("${serviceAccount}.${namespace}.SVC", "web.shop.svc", true)]
    [InlineData("${serviceAccount}.${namespace}.svc", "cart.shop.svc", false)]
    [InlineData("${serviceAccount}.${namespace}.svc", "web.bank.svc", false)]
    [InlineData("${serviceAccount}.${namespace}.svc", "a.web.shop.svc", false)]
    [InlineData("${serviceAccount}.${namespace}.svc", "shop.svc", false)]
    [InlineData("${serviceAccount}.${namespace}.svc", "svc", false)]
    [InlineData("${serviceAccount}.${namespace}.svc", "WEB.shop.svc", false)] // another account
    [InlineData("*.${serviceAccount}.${namespace}.svc", "a.b.web.shop.svc", true)]
    [InlineData("*.${serviceAccount}.${namespace}.svc", "web.shop.svc", false)]
    [InlineData("*.${serviceAccount}.${namespace}.svc", "a.cart.shop.svc", false)]
    [InlineData("www.${namespace}.example", "www.shop.example", true)]
    [InlineData("${serviceAccount}", "web", true)]
    public void A_label_may_stand_for_the_caller_s_own_namespace_or_account(string pattern, string name, bool isPermitted)
    {
        Assert.True(DnsNamePattern.TryParse(pattern, out var parsed));
        Assert.True(parsed.DependsOnCaller);
        Assert.Equal(isPermitted, parsed.Matches(name, "shop", "web"));
    }

    [Theory]
    [InlineData("", "web")]
    [InlineData("shop", "")]
    [InlineData("shop", "web.api")] // would be two labels, and so another account's name in another namespace
    [InlineData("shop", "-web")]
    [InlineData("shop.web", "api")]
    public void What_is_no_label_of_the_caller_permits_no_name(string callerNamespace, string account)
    {
        Assert.True(DnsNamePattern.TryParse("${serviceAccount}.${namespace}.svc", out var parsed));
        Assert.False(parsed.Matches($"{account}.{callerNamespace}.svc", callerNamespace, account));
        Assert.False(parsed.Matches("svc", callerNamespace, account));
    }

    [Theory]
    [InlineData("${serviceAccount}-${namespace}.svc")] // a-b of c, and a of b-c
    [InlineData("x${namespace}.svc")]
    [InlineData("${namespace.svc")]
    [InlineData("${pod}.svc")]
    [InlineData("$.svc")]
    [InlineData("${SERVICEACCOUNT}.svc")]
    public void What_stands_for_the_caller_is_a_whole_label_of_a_known_name(string text) => Assert.False(DnsNamePattern.TryParse(text, out _));

    [Theory]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*shop")]
    [InlineData("web*")]
    [InlineData("*.*.shop")]
    [InlineData("")]
    public void A_star_in_another_place_is_no_pattern(string text) => Assert.False(DnsNamePattern.TryParse(text, out _));
}
