using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class SelectorLintTests
{
    [Theory]
    [InlineData("app", "cart", null)]
    [InlineData("app", "kart", LintCodes.SelectorMatchesNothing)]
    [InlineData(Workload.GatewayNameLabel, "way", LintCodes.SelectorIgnored)]
    public void A_selector_must_select_somebody(string key, string value, string? code)
    {
        var policy = Written.Allow() with { Selector = Written.Labels(key, value) };
        foreach (var one in new[] { LintCodes.SelectorMatchesNothing, LintCodes.SelectorIgnored })
        {
            Assert.Equal(code == one, Linted.SaysBeside(There.Inventory, one, policy));
        }
    }

    [Theory]
    [InlineData("shop", false)]
    [InlineData("web", true)]
    [InlineData("istio-system", false)]
    public void It_selects_in_its_namespace_or_from_the_root_everywhere(string space, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory,
        LintCodes.SelectorMatchesNothing,
        Written.Tokens() with { Id = new(ResourceKind.RequestAuthentication, space, "p"), Selector = Written.Labels("app", "cart") }));

    [Fact]
    public void Nothing_is_missing_without_inventory() =>
        Assert.False(Linted.Says(LintCodes.SelectorMatchesNothing, Written.Allow() with { Selector = Written.Labels("app", "kart") }));
}
