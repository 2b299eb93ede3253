using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class DecisionTests
{
    private static readonly RuleIdentity First = Rule("first");
    private static readonly RuleIdentity Second = Rule("second");

    private static readonly Decision Allowed = new()
    {
        Verdict = Verdict.Allow,
        Reason = DecisionReason.NoAllowPolicy,
        Audit = true,
        DryRunDeny = new(DryRunOutcome.Allowed, null),
        ProvidersToAsk =
        [
            new(new ExtensionProvider("a", ExtensionProviderKind.Grpc), First),
            new(new ExtensionProvider("b", ExtensionProviderKind.Grpc, FailOpen: true), Second),
        ],
    };

    [Fact]
    public void Nothing_said_is_a_denial() => Assert.Equal((Verdict.Deny, DecisionReason.Undecided), (default(Decision).Verdict, default(Decision).Reason));

    [Fact]
    public void When_every_provider_allows_the_rest_decides() =>
        Assert.Equal(Allowed with { ProvidersToAsk = null }, Allowed.Resolve([ProviderVerdict.Allow, ProviderVerdict.Allow]));

    [Fact]
    public void A_provider_that_allows_lifts_no_denial()
    {
        var denied = Allowed with { Verdict = Verdict.Deny, Reason = DecisionReason.DenyRuleMatched, Rule = First };
        Assert.Equal(denied with { ProvidersToAsk = null }, denied.Resolve([ProviderVerdict.Allow, ProviderVerdict.Allow]));
    }

    [Theory]
    [InlineData(ProviderVerdict.Deny, ProviderVerdict.Deny, DecisionReason.ProviderDenied, "first")]
    [InlineData(ProviderVerdict.Failed, ProviderVerdict.Deny, DecisionReason.ProviderFailed, "first")]
    [InlineData(ProviderVerdict.Allow, ProviderVerdict.Deny, DecisionReason.ProviderDenied, "second")]
    public void The_first_provider_by_name_that_refuses_determines_and_ends_the_chain(
        ProviderVerdict one, ProviderVerdict other, DecisionReason reason, string rule)
    {
        var decision = Allowed.Resolve([one, other]);
        Assert.Equal((Verdict.Deny, reason, rule), (decision.Verdict, decision.Reason, decision.Rule?.Id));
        Assert.Equal((false, default, null), (decision.Audit, decision.DryRunDeny, decision.ProvidersToAsk));
    }

    [Fact]
    public void A_provider_that_fails_open_allows_by_failing() =>
        Assert.Equal(Verdict.Allow, Allowed.Resolve([ProviderVerdict.Allow, ProviderVerdict.Failed]).Verdict);

    [Fact]
    public void A_verdict_that_is_missing_is_a_failure() =>
        Assert.Equal(DecisionReason.ProviderFailed, Allowed.Resolve([]).Reason);

    private static RuleIdentity Rule(string id) => new(id, new(ResourceKind.AuthorizationPolicy, "shop", id), 0, PolicyAction.Custom);
}
