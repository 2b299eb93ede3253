using AuthzEngine.Analysis.Differences;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Differences;

public sealed class ResourceDifferencesTests
{
    private static readonly Rule Get = Written.To(new Operation { Methods = ["GET"] });

    [Fact]
    public void Resources_that_hold_the_same_do_not_differ() =>
        Assert.Empty(ResourceDifferences.Between([Written.Allow(Get)], [Written.Allow(Written.To(new Operation { Methods = ["GET"] }))]));

    [Fact]
    public void The_order_of_labels_does_not_matter() => Assert.Empty(ResourceDifferences.Between(
        [Written.Peers(Written.Labels("a", "1", "b", "2"))], [Written.Peers(Written.Labels("b", "2", "a", "1"))]));

    [Fact]
    public void What_only_one_set_has_is_added_or_removed()
    {
        var differences = ResourceDifferences.Between([Written.Allow(Get)], [Written.Peers()]);

        Assert.Equal(
            [("AuthorizationPolicy/shop/p", DifferenceKind.Removed), ("PeerAuthentication/shop/p", DifferenceKind.Added)],
            differences.Select(difference => (difference.Id.ToString(), difference.Kind)));
    }

    public static TheoryData<PolicyResource, PolicyResource, string> Changes() =>
    [
        new(Written.Allow(Get), Written.Deny(Get), "spec.action"),
        new(Written.Allow(Get), Written.Allow(Written.To(new Operation { Methods = ["PUT"] })), "spec.rules[0].to[0].operation.methods"),
        new(Written.Allow(Get), Written.Allow(Get, Get), "spec.rules[1]"),
        new(Written.Allow(Get), Written.Allow(Get) with { Selector = Written.Labels("a", "b") }, "spec.selector"),
        new(Written.Allow(Get), Written.Allow(Get) with { Annotations = new Dictionary<string, string> { ["a"] = "b" } }, "metadata.annotations.a"),
        new(Written.Peers(), Written.Peers() with { Mode = MutualTlsMode.Strict }, "spec.mtls.mode"),
        new(Written.Tokens(Written.Issuer), Written.Tokens(Written.Issuer with { Audiences = ["a"] }), "spec.jwtRules[0].audiences"),
    ];

    [Theory, MemberData(nameof(Changes))]
    public void A_change_is_named_by_its_field(PolicyResource before, PolicyResource after, string field)
    {
        var difference = Assert.Single(ResourceDifferences.Between([before], [after]));

        Assert.Equal(DifferenceKind.Changed, difference.Kind);
        Assert.Equal([field], difference.Fields);
    }
}
