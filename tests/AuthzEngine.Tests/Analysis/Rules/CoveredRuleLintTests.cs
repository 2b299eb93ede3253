using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Rules;

public sealed class CoveredRuleLintTests
{
    private static readonly Rule Batch = Written.From(new Source { Namespaces = ["batch"] });
    private static readonly Rule BatchReads = Batch with { To = [new(new Operation { Methods = ["GET"] })] };

    [Fact]
    public void An_ALLOW_rule_that_a_DENY_covers_is_pointed_out() =>
        Assert.Equal("spec.rules[0]", Linted.The(LintCodes.ShadowedByDeny, Written.Allow(BatchReads), Denying(Batch)).Field);

    [Fact]
    public void One_that_it_covers_in_part_is_not() => Assert.False(Linted.Says(LintCodes.ShadowedByDeny, Written.Allow(Batch), Denying(BatchReads)));

    [Fact]
    public void A_dry_run_refuses_nothing() => Assert.False(Linted.Says(
        LintCodes.ShadowedByDeny,
        Written.Allow(BatchReads),
        Denying(Batch) with { Annotations = new Dictionary<string, string> { [AuthorizationPolicy.DryRunAnnotation] = "true" } }));

    [Theory]
    [InlineData("shop", null, "cart", true)]
    [InlineData("shop", "cart", "cart", true)]
    [InlineData("shop", "cart", null, false)]
    [InlineData("shop", "web", "cart", false)]
    [InlineData("istio-system", null, null, true)]
    [InlineData("other", null, null, false)]
    public void The_DENY_must_be_for_all_workloads_of_the_ALLOW(string space, string? denied, string? allowed, bool said) => Assert.Equal(
        said,
        Linted.Says(
            LintCodes.ShadowedByDeny,
            Written.Allow(BatchReads) with { Selector = Select(allowed) },
            Denying(Batch) with { Id = new(ResourceKind.AuthorizationPolicy, space, "deny"), Selector = Select(denied) }));

    [Fact]
    public void Of_two_rules_that_say_the_same_the_first_is_kept()
    {
        Assert.Equal("spec.rules[1]", Linted.The(LintCodes.RuleRedundant, Written.Allow(Batch, Batch)).Field);
        Assert.Equal("p", Linted.The(LintCodes.RuleRedundant, Written.Allow(Batch), Written.Allow(Batch) with { Id = Written.Id(ResourceKind.AuthorizationPolicy, "a") }).Resource!.Name);
    }

    [Fact]
    public void A_wider_rule_with_fields_of_HTTP_does_not_make_one_for_TCP_redundant() => Assert.False(Linted.Says(
        LintCodes.RuleRedundant,
        Written.Allow(Batch, Written.From(new Source { Namespaces = ["batch"] }, new Source { RequestPrincipals = ["*"] }))));

    [Fact]
    public void More_rules_than_can_be_compared_are_said_to_be_too_many()
    {
        var rules = Enumerable.Range(0, 6_000).Select(i => Written.From(new Source { Namespaces = ["n" + i] })).ToArray();
        Assert.True(Linted.Says(LintCodes.AnalysisIncomplete, Written.Allow(rules)));
        Assert.False(Linted.Says(LintCodes.AnalysisIncomplete, Written.Allow(rules[..100])));
    }

    private static AuthorizationPolicy Denying(Rule rule) => Written.Deny(rule) with { Id = Written.Id(ResourceKind.AuthorizationPolicy, "deny") };

    private static WorkloadSelector? Select(string? app) => app is null ? null : Written.Labels("app", app);
}
