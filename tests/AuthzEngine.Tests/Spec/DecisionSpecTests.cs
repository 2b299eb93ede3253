using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §2: the order of the stages, and what each makes of a request.</summary>
public sealed class DecisionSpecTests
{
    private static readonly Rule Everything = new();
    private static readonly Rule Get = Written.To(new Operation { Methods = ["GET"] });
    private static readonly Rule Nobody = Written.From(new Source { Principals = ["nobody"] });
    private static readonly RequestAttributes GetRequest = new() { Method = "GET", Path = "/", DestinationPort = 8080 };

    private static readonly MeshSettings Mesh = new()
    {
        ExtensionProviders =
        [
            new("grpc", ExtensionProviderKind.Grpc), new("http", ExtensionProviderKind.Http),
            new("bad", ExtensionProviderKind.Grpc, Valid: false),
            new("twice", ExtensionProviderKind.Grpc), new("twice", ExtensionProviderKind.Grpc),
        ],
    };

    [Fact]
    public void S2_2_without_policies_everything_is_allowed()
    {
        var decision = Decide([]);
        Assert.Equal((Verdict.Allow, DecisionReason.NoAllowPolicy, null), (decision.Verdict, decision.Reason, decision.Rule));
    }

    [Fact]
    public void S2_2_deny_goes_before_allow()
    {
        var decision = Decide([Policy("a", PolicyAction.Allow, Everything), Policy("b", PolicyAction.Deny, Get)]);
        Assert.Equal((DecisionReason.DenyRuleMatched, "ns[shop]-policy[b]-rule[0]"), (decision.Reason, decision.Rule?.Id));
    }

    [Fact]
    public void S2_2_what_no_allow_rule_matches_is_denied_where_there_is_an_allow_policy()
    {
        var decision = Decide([Policy("a", PolicyAction.Allow, Nobody)]);
        Assert.Equal((Verdict.Deny, DecisionReason.NoAllowRuleMatched, null), (decision.Verdict, decision.Reason, decision.Rule));
    }

    [Fact]
    public void S2_2_an_allow_policy_whose_rules_all_fell_out_still_counts()
    {
        var decision = Decide([Policy("a", PolicyAction.Allow, Get)], GetRequest with { Protocol = RequestProtocol.Tcp });
        Assert.Equal(DecisionReason.NoAllowRuleMatched, decision.Reason);
    }

    [Fact]
    public void S2_3_an_allow_policy_without_rules_denies_and_another_may_still_allow()
    {
        var closed = Policy("a", PolicyAction.Allow);
        Assert.Equal(Verdict.Deny, Decide([closed]).Verdict);
        Assert.Equal(Verdict.Allow, Decide([closed, Policy("b", PolicyAction.Allow, Get)]).Verdict);
    }

    [Fact]
    public void S2_2_audit_marks_whatever_the_outcome()
    {
        var audit = Policy("a", PolicyAction.Audit, Get);
        Assert.True(Decide([audit]) is { Audit: true, Verdict: Verdict.Allow });
        Assert.True(Decide([audit, Policy("d", PolicyAction.Deny, Everything)]) is { Audit: true, Verdict: Verdict.Deny });
        Assert.False(Decide([audit], GetRequest with { Method = "POST" }).Audit);
    }

    [Theory]
    [InlineData(TokenState.Invalid, DecisionReason.TokenInvalid)]
    [InlineData(TokenState.AudienceRefused, DecisionReason.TokenAudienceRefused)]
    public void S2_1_no_allow_rule_rescues_a_refused_token_and_nothing_later_is_evaluated(TokenState token, DecisionReason reason)
    {
        PolicyResource[] policies =
        [
            Policy("a", PolicyAction.Allow, Everything), Policy("b", PolicyAction.Audit, Everything),
            DryRun(Policy("c", PolicyAction.Deny, Everything)),
        ];
        var decision = Decide(policies, GetRequest with { Token = token });
        Assert.Equal((Verdict.Deny, reason, false), (decision.Verdict, decision.Reason, decision.Audit));
        Assert.Equal(default, decision.DryRunDeny);
        Assert.Equal(Verdict.Allow, Decide(policies, GetRequest with { Token = token, Protocol = RequestProtocol.Tcp }).Verdict);
    }

    [Fact]
    public void S2_1_custom_rules_see_no_claims()
    {
        var claims = GetRequest with { Token = TokenState.Verified, Claims = TestClaims.Parse("""{"iss":"i","sub":"s"}""") };
        Assert.Null(Decide([Custom("a", "grpc", Written.When("request.auth.principal", "i/s"))], claims).ProvidersToAsk);
        Assert.NotNull(Decide([Custom("a", "grpc", Written.WhenNot("request.auth.principal", "i/s"))], claims).ProvidersToAsk);
    }

    [Fact]
    public void S3_1_of_the_rules_that_match_the_first_by_the_bytes_of_its_id_determines()
    {
        Rule[] rules = [Nobody, Nobody, Get, .. Enumerable.Repeat(Nobody, 7), Get];
        Assert.Equal("ns[shop]-policy[b]-rule[10]", Decide([Policy("b", PolicyAction.Deny, rules)]).Rule?.Id);
        Assert.Equal("ns[shop]-policy[a]-rule[0]", Decide([Policy("b", PolicyAction.Deny, rules), Policy("a", PolicyAction.Deny, Get)]).Rule?.Id);
    }

    [Fact]
    public void S2_4_dry_runs_are_computed_apart_and_never_enforced()
    {
        var decision = Decide([DryRun(Policy("a", PolicyAction.Allow, Nobody)), DryRun(Policy("d", PolicyAction.Deny, Get))]);
        Assert.Equal((Verdict.Allow, DecisionReason.NoAllowPolicy), (decision.Verdict, decision.Reason));
        Assert.Equal((DryRunOutcome.Denied, null), (decision.DryRunAllow.Outcome, decision.DryRunAllow.Rule?.Id));
        Assert.Equal((DryRunOutcome.Denied, "ns[shop]-policy[d]-rule[0]"), (decision.DryRunDeny.Outcome, decision.DryRunDeny.Rule?.Id));
    }

    [Fact]
    public void S2_4_a_request_that_deny_stops_never_reaches_the_dry_run_of_allow()
    {
        var decision = Decide([DryRun(Policy("a", PolicyAction.Allow, Get)), Policy("d", PolicyAction.Deny, Get)]);
        Assert.Equal(default, decision.DryRunAllow);
    }

    // What Istio makes of it, an enforced DENY, is not to be imitated: the annotation is invalid and counts for nothing.
    [Fact]
    public void S2_4_a_dry_run_of_CUSTOM_or_AUDIT_that_is_allowed_though_invalid_is_enforced()
    {
        var decision = Decide([DryRun(Custom("c", "grpc", Get)), DryRun(Policy("a", PolicyAction.Audit, Get))]);
        Assert.Equal((Verdict.Allow, true), (decision.Verdict, decision.Audit));
        Assert.Equal("grpc", decision.ProvidersToAsk?[0].Provider.Name);
        Assert.Equal((default, default), (decision.DryRunDeny, decision.DryRunAllow));
    }

    [Theory]
    [InlineData("bad")]
    [InlineData("twice")]
    [InlineData("unknown")]
    public void S2_5_a_provider_that_cannot_be_asked_denies_what_its_rules_match(string provider)
    {
        var decision = Decide([Custom("a", provider, Get)]);
        Assert.Equal(
            (DecisionReason.ProviderMisconfigured, $"istio-ext-authz-{provider}-ns[shop]-policy[a]-rule[0]-deny-due-to-bad-CUSTOM-action"),
            (decision.Reason, decision.Rule?.Id));
        Assert.Equal(Verdict.Allow, Decide([Custom("a", provider, Get)], GetRequest with { Method = "POST" }).Verdict);
    }

    [Theory]
    [InlineData(false, DecisionReason.ProviderMisconfigured)]
    [InlineData(true, DecisionReason.NoAllowPolicy)]
    public void S2_5_two_providers_are_both_bad_unless_the_mesh_allows_several(bool several, DecisionReason reason)
    {
        var settings = Mesh with { MultipleCustomProviders = several };
        var decision = Decide([Custom("a", "http", Get), Custom("b", "grpc", Get)], GetRequest, settings);
        Assert.Equal(reason, decision.Reason);
        Assert.Equal(several ? ["grpc", "http"] : null, decision.ProvidersToAsk?.Select(question => question.Provider.Name));
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("grpc", true)]
    public void S2_5_http_providers_are_not_asked_about_tcp(string provider, bool asked)
    {
        var decision = Decide([Custom("a", provider, Everything)], GetRequest with { Protocol = RequestProtocol.Tcp });
        Assert.Equal(asked, decision.ProvidersToAsk is not null);
    }

    [Fact]
    public void S2_5_a_provider_is_asked_beside_whatever_else_decides()
    {
        var decision = Decide([Custom("a", "grpc", Get), Policy("d", PolicyAction.Deny, Get)]);
        Assert.Equal((DecisionReason.DenyRuleMatched, "grpc"), (decision.Reason, decision.ProvidersToAsk?[0].Provider.Name));
    }

    [Theory]
    [InlineData(MutualTlsMode.Strict, null, DecisionReason.PlaintextRefused)]
    [InlineData(MutualTlsMode.Strict, "spiffe://td/ns/a/sa/b", DecisionReason.AllowRuleMatched)]
    [InlineData(MutualTlsMode.Permissive, null, DecisionReason.NoAllowRuleMatched)]
    [InlineData(MutualTlsMode.Disable, "spiffe://td/ns/a/sa/b", DecisionReason.NoAllowRuleMatched)]
    public void S7_1_strict_refuses_plaintext_and_disable_knows_no_identity(MutualTlsMode mode, string? peer, DecisionReason reason)
    {
        var mutualTls = new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "shop", "default"), Mode = mode };
        var allow = Policy("a", PolicyAction.Allow, Written.From(new Source { Principals = ["*"] }));
        var decision = Decide([mutualTls, allow], GetRequest with { SourcePrincipal = peer });
        Assert.Equal(reason, decision.Reason);
        Assert.Equal(reason == DecisionReason.PlaintextRefused ? "PeerAuthentication/shop/default" : decision.Rule?.Id, decision.Rule?.Id);
    }

    private static AuthorizationPolicy Policy(string name, PolicyAction action, params Rule[] rules)
    {
        var policy = Written.Policy(action, rules);
        return policy with { Id = policy.Id with { Name = name } };
    }

    private static AuthorizationPolicy Custom(string name, string provider, params Rule[] rules) =>
        Policy(name, PolicyAction.Custom, rules) with { Provider = new ProviderReference(provider) };

    private static AuthorizationPolicy DryRun(AuthorizationPolicy policy) =>
        policy with { Annotations = new Dictionary<string, string> { [AuthorizationPolicy.DryRunAnnotation] = "true" } };

    private static Decision Decide(IReadOnlyList<PolicyResource> resources) => Decide(resources, GetRequest);

    private static Decision Decide(IReadOnlyList<PolicyResource> resources, RequestAttributes request, MeshSettings? settings = null) =>
        PolicySet.Compile(new ResourceSet(resources, []), settings ?? Mesh).For(new Workload { Namespace = "shop" }).Decide(in request);
}
