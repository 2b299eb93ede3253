using MeshCA.IssuancePolicies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.IssuancePolicies;

public sealed class IssuancePolicyTests
{
    // from of the only rule, the caller's account, whether it decides
    public static TheoryData<string, string, string, string, bool> Callers() =>
    [
        new("{namespaces: [shop]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "exact" },
        new("{namespaces: [shop]}", "shop2/web", "jwt:main", "Kubernetes", false) { Label = "exact is no prefix" },
        new("{namespaces: [\"sh*\"]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "prefix" },
        new("{namespaces: [\"*op\"]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "suffix" },
        new("{namespaces: [\"*op\"]}", "shops/web", "jwt:main", "Kubernetes", false) { Label = "no suffix" },
        new("{namespaces: [\"*\"]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "presence" },
        new("{namespaces: [a, shop]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "any of a list" },
        new("{namespaces: [shop], serviceAccounts: [cart]}", "shop/web", "jwt:main", "Kubernetes", false) { Label = "all of the lists" },
        new("{serviceAccounts: [web]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "an account of any namespace" },
        new("{clusters: [\"*\"]}", "shop/web", "jwt:main", "", false) { Label = "presence of what is not there" },
        new("{clusters: [east]}", "shop/web", "jwt:main", "east", true) { Label = "cluster" },
        new("{issuers: [main]}", "shop/web", "jwt:main", "Kubernetes", true) { Label = "issuer" },
        new("{issuers: [main]}", "shop/web", "jwt:mainly", "Kubernetes", false) { Label = "another issuer" },
        new("{namespaces: [\"*\"]}", "shop/web/more", "jwt:main", "Kubernetes", false) { Label = "no identity of a service account" },
    ];

    [Theory]
    [MemberData(nameof(Callers))]
    public void A_rule_matches_who_has_all_its_attributes(string from, string account, string authenticator, string cluster, bool decides) =>
        Assert.Equal(
            decides ? "r" : IssuancePolicy.Otherwise,
            Policy.Decides(Policy.Of($"[{{name: r, from: {from}}}]"), Policy.Caller(account, authenticator, cluster)));

    [Fact]
    public void The_first_rule_that_matches_decides_however_special_a_later_one_is()
    {
        var policy = Policy.Of("[{name: wide, from: {namespaces: [shop]}}, {name: narrow, action: DENY, from: {namespaces: [shop], serviceAccounts: [web]}}]");
        Assert.Equal("wide", Policy.Decides(policy, Policy.Caller()));
    }

    [Fact]
    public void Whom_no_rule_matches_the_last_word_takes()
    {
        Assert.True(Policy.Of("[{name: r, from: {namespaces: [a]}}]", "DENY").Match(CallerAttributes.Of(Policy.Caller(), null)).Rule.IsDenial);
        Assert.False(Policy.Of("[{name: r, from: {namespaces: [a]}}]").Match(CallerAttributes.Of(Policy.Caller(), null)).Rule.IsDenial);
    }

    [Fact]
    public void The_issuer_behind_a_renewal_by_certificate_is_not_known_and_only_that_is_undecided()
    {
        var policy = Policy.Of("[{name: other, from: {namespaces: [a], issuers: [main]}}, {name: r, from: {namespaces: [shop], issuers: [main]}}]");
        Assert.Equal("r? Issuer", Policy.Decides(policy, Policy.Caller(authenticator: "client-certificate")));
        Assert.Equal("otherwise", Policy.Decides(policy, Policy.Caller("b/web", "client-certificate")));
    }

    [Fact]
    public void Labels_that_are_not_known_leave_it_undecided_and_labels_that_differ_do_not()
    {
        var policy = Policy.Of("[{name: r, from: {namespaces: [shop], podLabels: {tier: \"gold*\", app: \"*\"}}}]");
        Assert.Equal("r? PodLabels", Policy.Decides(policy, Policy.Caller()));
        Assert.Equal("otherwise", Policy.Decides(policy, Policy.Caller("a/web")));
        Assert.Equal("r", Policy.Decides(policy, Policy.Caller(), new Dictionary<string, string> { ["tier"] = "golden", ["app"] = "" }));
        Assert.Equal("otherwise", Policy.Decides(policy, Policy.Caller(), new Dictionary<string, string> { ["tier"] = "golden" }));
        Assert.Equal("otherwise", Policy.Decides(policy, Policy.Caller(), new Dictionary<string, string> { ["tier"] = "silver", ["app"] = "a" }));
    }

    [Theory]
    [InlineData("{maxLifetime: 1h}", 3600, 3600)]
    [InlineData("{maxLifetime: 2d}", 172_800, 86_400)]
    [InlineData("{defaultLifetime: 1h}", 1_296_000, 3600)]
    [InlineData("{maxLifetime: 2h, defaultLifetime: 1h}", 7200, 3600)]
    [InlineData("{}", 1_296_000, 86_400)]
    public void A_grant_narrows_the_lifetimes_of_the_service(string grant, int max, int standard)
    {
        var rule = Policy.Of($"[{{name: r, grant: {grant}}}]").Rules.First();
        Assert.Equal((max, standard), (rule.Lifetimes.Max.TotalSeconds, rule.Lifetimes.Default.TotalSeconds));
        Assert.Equal(MeshAuthority.Lifetimes.AuthorityFloor, rule.Lifetimes.AuthorityFloor);
    }

    [Fact]
    public void To_find_the_rule_allocates_nothing()
    {
        var rules = string.Join(", ", Enumerable.Range(0, 100).Select(i => $"{{name: r{i}, from: {{namespaces: [\"n{i}-*\"], issuers: [main]}}}}"));
        var policy = Policy.Of($"[{rules}]");
        var caller = Policy.Caller();
        Assert.Equal("otherwise", policy.Match(CallerAttributes.Of(caller, null)).Rule.Name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            policy.Match(CallerAttributes.Of(caller, null));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
