using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Decisions;

public sealed class DecisionPointTests
{
    private const string AllowGet = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          rules: [{to: [{operation: {methods: [GET]}}]}]
        """;

    private static readonly DecisionCaller Cart = new(TestPolicies.IdOf("shop/cart"), SpeaksForOthers: false);
    private static readonly DecisionCaller Gateway = new(TestPolicies.IdOf("edge/gateway"), SpeaksForOthers: true);

    private readonly TestPolicies _policies = TestPolicies.Of(AllowGet, "shop/cart", "shop/stock");

    public static TheoryData<string?, string?> Principals() =>
    [
        new("shop/cart", null) { Label = "its own" },
        new(null, null) { Label = "none: plaintext that it terminated" },
        new("shop/stock", nameof(DecisionRefusal.CallerNotEntitled)) { Label = "another's" },
        new("shop/unheard-of", nameof(DecisionRefusal.CallerNotEntitled)) { Label = "one that nobody knows" },
    ];

    [Theory, MemberData(nameof(Principals))]
    public void A_caller_asks_about_itself_only(string? account, string? expected) => Assert.Equal(
        expected, RefusalOf(Cart, new(account is null ? "" : TestPolicies.IdOf(account), null))?.ToString());

    [Theory]
    [InlineData("spiffe://a/ns/b/sa/c\nforged", "spiffe://a/ns/b/sa/c?forged")]
    [InlineData("x` \u001b[2J\u202e", "x???[2J?")]
    public void What_a_caller_names_is_quoted_without_what_a_log_or_terminal_would_obey(string principal, string quoted)
    {
        Assert.Equal(quoted, SubjectOf(Cart, principal));
        Assert.Equal(quoted, SubjectOf(Gateway, principal));
        Assert.Equal(256, SubjectOf(Cart, new string('a', 1_000)).Length);
    }

    [Fact]
    public void A_caller_that_is_not_trusted_may_not_describe_a_workload_be_it_itself() => Assert.Equal(
        DecisionRefusal.CallerNotEntitled, RefusalOf(Cart, new(Cart.Identity, Described("namespace", "shop"))));

    [Fact]
    public void A_trusted_caller_asks_about_any_known_workload()
    {
        Assert.Null(RefusalOf(Gateway, new(TestPolicies.IdOf("shop/stock"), null)));
        Assert.Equal(DecisionRefusal.WorkloadUnknown, RefusalOf(Gateway, new(TestPolicies.IdOf("shop/nobody"), null)));
        Assert.Equal(DecisionRefusal.WorkloadUnnamed, RefusalOf(DecisionCaller.Local, default));
    }

    [Fact]
    public void What_the_proxys_configuration_names_counts_more_than_its_certificate()
    {
        var subject = Find(Gateway, new(Gateway.Identity, Described("principal", TestPolicies.IdOf("shop/cart"))));
        Assert.Equal("cart", subject.Entry.Workload.ServiceAccount);
        Assert.Equal(TestPolicies.IdOf("shop/cart"), subject.Principal);
    }

    [Fact]
    public void A_described_workload_has_the_policies_that_select_it()
    {
        var point = Point(_policies);
        var cart = Find(Gateway, new(null, Described("namespace", "shop", "labels", "app=cart")), point);
        Assert.Equal(Verdict.Deny, Decide(cart, "POST").Decision.Verdict);
        var other = Find(Gateway, new(null, Described("namespace", "shop", "labels", "")));
        Assert.Equal(Verdict.Allow, Decide(other, "POST").Decision.Verdict);
        Assert.Same(cart.Entry, Find(Gateway, new(null, Described("namespace", "shop", "labels", "app=cart")), point).Entry);
    }

    [Fact]
    public void Labels_that_are_not_given_are_an_error_only_where_a_selector_needs_them()
    {
        Assert.Equal(DecisionRefusal.LabelsUnknown, RefusalOf(Gateway, new(null, Described("namespace", "shop"))));
        Assert.Null(RefusalOf(Gateway, new(null, Described("namespace", "elsewhere"))));
    }

    [Fact]
    public void A_new_snapshot_applies_to_described_workloads_too()
    {
        var (point, described) = (Point(_policies), Described("namespace", "shop", "labels", "app=cart"));
        _ = Find(Gateway, new(null, described), point);
        _policies.Publish(2, "", new MeshSettings(), "shop/cart");
        var decided = Decide(Find(Gateway, new(null, described), point), "POST");
        Assert.Equal((Verdict.Allow, 2), (decided.Decision.Verdict, decided.Revision));
    }

    [Fact]
    public void Without_a_snapshot_nothing_is_decided() => Assert.Equal(
        DecisionRefusal.NoSnapshot, RefusalOf(Cart, new(Cart.Identity, null), Point(new TestPolicies())));

    [Fact]
    public void Each_decision_has_a_number_of_its_own()
    {
        var subject = Find(Cart, default);
        var ids = Enumerable.Range(0, 100).Select(_ => Decide(subject, "GET").Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    public static TheoryData<string, string, Verdict?> Providers() =>
    [
        new("ours", "GET", Verdict.Allow) { Label = "this service itself: the decision is its verdict" },
        new("ours", "POST", Verdict.Deny) { Label = "this service itself, which denies" },
        new("beside", "GET", Verdict.Allow) { Label = "asked by the proxy" },
        new("other", "GET", null) { Label = "nobody asks it: an error" },
        new("other", "POST", Verdict.Deny) { Label = "nobody asks it, but no answer could lift the denial" },
    ];

    [Theory, MemberData(nameof(Providers))]
    public void A_custom_policy_needs_a_provider_that_somebody_asks(string provider, string method, Verdict? expected)
    {
        var mesh = new MeshSettings
        {
            ExtensionProviders = [.. ((string[])["ours", "beside", "other"]).Select(name => new ExtensionProvider(name, ExtensionProviderKind.Grpc))],
        };
        _policies.Publish(2, AllowGet + "\n---\n" + Custom(provider), mesh, "shop/cart");
        var point = Point(_policies, new DecisionOptions { OwnProviders = ["ours"], ProvidersAskedByProxy = ["beside"] });
        var outcome = point.Decide(Find(Cart, default, point), new RequestAttributes { Method = method, Path = "/" });
        Assert.Equal(expected, (outcome as DecisionOutcome.Decided)?.Decision.Verdict);
        if (outcome is DecisionOutcome.Refused refused)
        {
            Assert.Equal(new(DecisionRefusal.ProviderNotAskable, provider), refused);
        }
    }

    [Theory]
    [InlineData("a", Verdict.Deny, AttributeKinds.None)]
    [InlineData("b", Verdict.Allow, AttributeKinds.None)]
    [InlineData("a,b", Verdict.Deny, AttributeKinds.Headers)]
    public void A_header_whose_lines_cannot_be_told_apart_is_unknown(string value, Verdict expected, AttributeKinds assumed)
    {
        _policies.Publish(2, DenyHeader, new MeshSettings(), "shop/cart");
        var request = new RequestAttributes { Method = "GET", Path = "/", Headers = new JoinedHeader(value) };
        var decided = Assert.IsType<DecisionOutcome.Decided>(Point(_policies).Decide(Find(Cart, default), in request));
        Assert.Equal((expected, assumed), (decided.Decision.Verdict, decided.Decision.Assumed));
    }

    [Fact]
    public void A_header_that_no_rule_reads_may_have_any_number_of_lines()
    {
        var request = new RequestAttributes { Method = "GET", Path = "/", Headers = new JoinedHeader("a,b") };
        var decided = Assert.IsType<DecisionOutcome.Decided>(Point(_policies).Decide(Find(Cart, default), in request));
        Assert.Equal(Verdict.Allow, decided.Decision.Verdict);
    }

    [Fact]
    public void Tokens_that_the_proxy_did_not_verify_are_verified_here_or_unknown()
    {
        _policies.Publish(2, DenyWithoutToken, new MeshSettings(), "shop/cart");
        var request = new RequestAttributes { Method = "GET", Path = "/", Unsupplied = AttributeKinds.Claims };
        var unknown = Assert.IsType<DecisionOutcome.Decided>(Point(_policies).Decide(Find(Cart, default), in request));
        Assert.Equal((Verdict.Deny, AttributeKinds.Claims), (unknown.Decision.Verdict, unknown.Decision.Assumed));

        var verifying = new DecisionPoint(_policies, new DecisionOptions().ToSettings(), new Verified(), [], TimeProvider.System);
        var verified = Assert.IsType<DecisionOutcome.Decided>(verifying.Decide(Find(Cart, default), in request));
        Assert.Equal((Verdict.Allow, AttributeKinds.None), (verified.Decision.Verdict, verified.Decision.Assumed));
        Assert.Equal("authorization", Assert.Single(verified.Mutations).Name);
    }

    [Fact]
    public void Where_the_lines_of_a_header_cannot_be_told_apart_there_may_be_a_token_in_them()
    {
        _policies.Publish(2, DenyBlockedPrincipal, new MeshSettings(), "shop/cart");
        var point = new DecisionPoint(_policies, new DecisionOptions().ToSettings(), new Searching(), [], TimeProvider.System);
        var request = new RequestAttributes
        {
            Method = "GET",
            Path = "/",
            Headers = new JoinedHeader("a,token"),
            Unsupplied = AttributeKinds.Claims,
        };
        var decided = Assert.IsType<DecisionOutcome.Decided>(point.Decide(Find(Cart, default, point), in request));
        Assert.Equal(Verdict.Deny, decided.Decision.Verdict);
        Assert.Equal(AttributeKinds.Claims, decided.Decision.Assumed & AttributeKinds.Claims);
        Assert.Equal(decided.Decision, point.Explain(Find(Cart, default, point), in request).Decision);
    }

    [Fact]
    public void The_log_gets_each_decision_with_what_it_was_made_from()
    {
        var log = new ListLog();
        var point = new DecisionPoint(_policies, new DecisionOptions().ToSettings(), null, [log], TimeProvider.System);
        var outcome = point.Decide(Find(Cart, default, point), new RequestAttributes { Method = "PUT" });
        var record = Assert.Single(log.Records);
        Assert.Same(outcome, record.Outcome);
        Assert.Equal(("PUT", Cart.Identity), (record.Request.Method, record.Subject.Caller.Identity));
    }

    [Fact]
    public void An_explanation_has_the_same_decision()
    {
        var subject = Find(Cart, default);
        var request = new RequestAttributes { Method = "PUT", Path = "/" };
        var explanation = Point(_policies).Explain(subject, in request);
        Assert.Equal(Decide(subject, "PUT").Decision, explanation.Decision);
        Assert.Equal("readers", Assert.Single(explanation.Policies).Policy.Name);
    }

    private static string Custom(string provider) => $$"""
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: ask, namespace: shop}
        spec:
          selector:
            matchLabels: {app: cart}
          action: CUSTOM
          provider:
            name: {{provider}}
          rules: [{}]
        """;

    private const string DenyHeader = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: header, namespace: shop}
        spec:
          action: DENY
          rules: [{when: [{key: "request.headers[x-a]", values: [a]}]}]
        """;

    private const string DenyWithoutToken = """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec: {jwtRules: [{issuer: https://issuer.example}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: require, namespace: shop}
        spec:
          action: DENY
          rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]
        """;

    private const string DenyBlockedPrincipal = """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: shop}
        spec: {jwtRules: [{issuer: https://issuer.example, fromHeaders: [{name: x-a}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: blocked, namespace: shop}
        spec:
          action: DENY
          rules: [{from: [{source: {requestPrincipals: ["https://issuer.example/blocked"]}}]}]
        """;

    private static WorkloadDescription Described(params string[] pairs)
    {
        var extensions = pairs.Chunk(2).ToDictionary(pair => WorkloadDescription.Prefix + pair[0], pair => pair[1]);
        Assert.True(WorkloadDescription.TryRead(extensions, out var description));
        return description!;
    }

    private static DecisionPoint Point(IPolicySnapshots policies, DecisionOptions? options = null) =>
        new(policies, (options ?? new()).ToSettings(), null, [], TimeProvider.System);

    private DecisionRefusal? RefusalOf(DecisionCaller caller, WorkloadReference reference, DecisionPoint? point = null) =>
        (point ?? Point(_policies)).TryFind(caller, in reference, out _, out var refusal) ? null : refusal.Reason;

    private string SubjectOf(DecisionCaller caller, string principal)
    {
        Assert.False(Point(_policies).TryFind(caller, new(principal, null), out _, out var refusal));
        return refusal.Subject;
    }

    private DecisionSubject Find(DecisionCaller caller, WorkloadReference reference, DecisionPoint? point = null)
    {
        Assert.True((point ?? Point(_policies)).TryFind(caller, in reference, out var subject, out var refusal), refusal?.ToString());
        return subject;
    }

    private readonly DecisionPoint _numbering = Point(new TestPolicies());

    private DecisionOutcome.Decided Decide(DecisionSubject subject, string method) => Assert.IsType<DecisionOutcome.Decided>(
        _numbering.Decide(subject, new RequestAttributes { Method = method, Path = "/" }));

    private sealed class JoinedHeader(string value) : IUncertainHeaders
    {
        public bool WasUncertain { get; private set; }

        public HeaderLines Find(string name)
        {
            WasUncertain |= name == "x-a" && value.Contains(',', StringComparison.Ordinal);
            return name == "x-a" ? new(value) : default;
        }
    }

    private sealed class Verified : IRequestTokens
    {
        public AuthenticatedRequest Authenticate(WorkloadPolicies policies, in RequestAttributes request)
        {
            Assert.Equal(AttributeKinds.None, request.Unsupplied & AttributeKinds.Claims);
            var claims = new Dictionary<string, ClaimValue>
            {
                ["iss"] = new ClaimValue.Text("https://issuer.example"),
                ["sub"] = new ClaimValue.Text("someone"),
            };
            return new(request with { Token = TokenState.Verified, Claims = new(claims) }, [new("authorization", null)]);
        }
    }

    private sealed class Searching : IRequestTokens
    {
        public AuthenticatedRequest Authenticate(WorkloadPolicies policies, in RequestAttributes request)
        {
            Assert.Equal(1, request.Headers!.Find("x-a").Count);
            return new(request with { Token = TokenState.Absent, Claims = null }, []);
        }
    }

    private sealed class ListLog : IDecisionLog
    {
        public List<DecisionRecord> Records { get; } = [];

        public void Record(in DecisionRecord record) => Records.Add(record);
    }
}
