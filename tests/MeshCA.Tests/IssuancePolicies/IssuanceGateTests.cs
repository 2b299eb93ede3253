using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.IssuancePolicies;

public sealed class IssuanceGateTests
{
    private readonly ManualTimeProvider _clock = new();

    // the only rule, the reason of the refusal and its detail
    public static TheoryData<string, string?, string> Verdicts() =>
    [
        new("{name: r}", null, "") { Label = "nothing is asked" },
        new("{name: r, action: DENY}", nameof(RejectionReason.PolicyDenied), "") { Label = "denied" },
        new("{name: r, from: {podLabels: {a: b}}}", nameof(RejectionReason.PolicyUndecided), "`podLabels` is not known") { Label = "undecided" },
        new("{name: r, action: DENY, from: {podLabels: {a: b}}}", nameof(RejectionReason.PolicyUndecided), "`podLabels` is not known")
        {
            Label = "undecided too",
        },
        new("{name: r, grant: {keys: [EcdsaP384, Rsa]}}", nameof(RejectionReason.KeyTypeDenied), "EcdsaP256") { Label = "another key" },
        new("{name: r, grant: {keys: [EcdsaP256]}}", null, "") { Label = "the key" },
        new("{name: r, grant: {dnsNames: [\"*.shop\", www.example]}}", null, "") { Label = "all names permitted" },
        new("{name: r, grant: {dnsNames: [\"*.shop\"]}}", nameof(RejectionReason.DnsNameDenied), "www.example") { Label = "a name not permitted" },
        new("{name: r, grant: {dnsNames: [\"*.${namespace}\", www.example]}}", null, "") { Label = "a name of the caller's namespace" },
        new("{name: r, grant: {dnsNames: [\"${serviceAccount}.shop\", www.example]}}", nameof(RejectionReason.DnsNameDenied), "cart.shop")
        {
            Label = "another account's name",
        },
    ];

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void A_request_is_held_against_the_rule(string rule, string? reason, string detail)
    {
        var verdict = Policy.Gate($"[{rule}]", _clock).Judge(Request("cart.shop", "www.example"));
        Assert.Equal(("r", reason, detail), (verdict.Rule.Name, verdict.Refusal?.ToString(), verdict.Detail));
    }

    // ADR 0010: a namespace is one of any trust domain, so it is the cluster that tells two apart.
    [Theory]
    [InlineData("{name: r, from: {namespaces: [shop]}}", "r", "r")]
    [InlineData("{name: r, from: {namespaces: [shop], clusters: [home]}}", "r", "otherwise")]
    public void Rules_tell_trust_domains_apart_by_their_clusters(string rule, string home, string west)
    {
        var gate = Policy.Gate($"[{rule}]", _clock);
        Assert.Equal((home, west), (RuleOf("home", "cluster.local"), RuleOf("west", "west.example")));

        string RuleOf(string cluster, string domain)
        {
            var caller = MeshAuthority.Caller($"spiffe://{domain}/ns/shop/sa/cart", _clock.GetUtcNow());
            return gate.Judge(Request() with { Caller = caller with { Evidence = caller.Evidence with { Cluster = cluster } } }).Rule.Name;
        }
    }

    [Fact]
    public void Names_get_into_a_certificate_only_where_a_rule_permits_names()
    {
        var request = Request("cart.shop", "www.example");
        Assert.Empty(Policy.Gate("[{name: r}]", _clock).Judge(request).DnsNames);
        Assert.Equal(
            ["cart.shop", "www.example"],
            Policy.Gate("[{name: r, grant: {dnsNames: [\"*.shop\", www.example]}}]", _clock).Judge(request).DnsNames);
    }

    [Fact]
    public void A_policy_that_is_put_in_place_of_another_decides_from_the_next_request_on()
    {
        var gate = Policy.Gate("[{name: r}]", _clock);
        Assert.Null(gate.Judge(Request()).Refusal);
        gate.Replace(Policy.Of("[]", "DENY"));
        Assert.Equal(RejectionReason.PolicyDenied, gate.Judge(Request()).Refusal);
    }

    [Fact]
    public void Labels_are_looked_for_only_where_a_rule_asks_for_them()
    {
        var labels = new FixedLabels(("app", "web"));
        Policy.Gate("[{name: r}]", _clock, labels: labels).Judge(Request());
        Assert.Equal(0, labels.Asked);
        Assert.Equal("r", Policy.Gate("[{name: r, from: {podLabels: {app: web}}}]", _clock, labels: labels).Judge(Request()).Rule.Name);
        Assert.Equal(1, labels.Asked);
    }

    [Fact]
    public void The_trace_ends_with_the_rule_that_decides()
    {
        var gate = Policy.Gate("[{name: a, from: {namespaces: [a]}}, {name: b, from: {serviceAccounts: [web]}}, {name: c}]", _clock);
        Assert.Equal(
            ["a No Namespace", "b Yes None"],
            gate.Trace(Policy.Caller()).Select(step => $"{step.Rule.Name} {step.Answer} {step.Attribute}"));
        Assert.Equal(
            ["a No Namespace", "b No ServiceAccount", "c Yes None"],
            gate.Trace(Policy.Caller("shop/cart")).Select(step => $"{step.Rule.Name} {step.Answer} {step.Attribute}"));
    }

    [Fact]
    public void The_trace_decides_as_the_gate_does_for_every_policy_and_caller() => Assert.All(
        from ns in (string[])["a", "b", "*", "a*"]
        from account in (string[])["web", "*b", "c*"]
        from action in (string[])["ALLOW", "DENY"]
        from caller in (string[])["a/web", "b/web", "ab/cab", "c/c"]
        from authenticator in (string[])["jwt:main", "client-certificate"]
        select (ns, account, action, Policy.Caller(caller, authenticator)),
        row =>
        {
            var (ns, account, action, caller) = row;
            var gate = Policy.Gate(
                $"[{{name: one, action: {action}, from: {{namespaces: [\"{ns}\"], issuers: [main]}}}}, {{name: two, from: {{serviceAccounts: [\"{account}\"]}}}}]",
                _clock,
                "DENY");
            Assert.Equal(gate.Judge(Request(caller)).Rule.Name, gate.Trace(caller)[^1].Rule.Name);
        });

    [Fact]
    public void Without_a_policy_every_caller_is_allowed_and_judging_allocates_nothing()
    {
        var gate = MeshAuthority.Gate(_clock);
        var request = Request("cart.shop");
        Assert.Null(gate.Judge(request).Refusal);
        Assert.Equal(IssuancePolicy.Default, gate.Judge(request).Rule.Name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            gate.Judge(request);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static SvidRequest Request(params string[] names) => Request(Policy.Caller(), names);

    private static SvidRequest Request(CallerIdentity caller, params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        Assert.True(CertificateSigningRequest.TryParse(request.CreateSigningRequest(), KeyPolicy.Default, out var csr, out var error), $"{error}");
        return new SvidRequest(caller, csr.PublicKey, TimeSpan.Zero, "test") { Names = csr.Names };
    }
}
