using System.IO;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using MeshCA.IssuancePolicies;
using MeshCA.PolicySources;
using MeshCA.Wire.Admin;
using Xunit;

namespace MeshCA.IntegrationTests.IssuancePolicies;

/// <summary>The issuance policy in a running service: at the start, on a change, for requests, and explained.</summary>
public sealed class IssuancePolicyTests : IDisposable
{
    private const string Rules =
        """
        rules:
        - name: no-cart
          action: DENY
          from: {serviceAccounts: [cart]}
        - name: named
          from: {namespaces: [shop], serviceAccounts: [web]}
          grant:
            keys: [EcdsaP256]
            maxLifetime: 1h
            dnsNames: ["*.shop.svc"]
            rate: {certificates: 2, per: 1h}
        otherwise: ALLOW
        """;

    private readonly MeshHome _home = new();

    public IssuancePolicyTests() => _home.Set(
        ("Issuance:PolicyFile", File("issuance.yaml")),
        ("Server:AdminSocket", File("run/admin.sock")),
        ("Policies:PollInterval", "00:00:00.3"),
        ("Policies:Debounce", "00:00:00.02"));

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_wrong_file_refuses_the_start_with_all_its_faults_and_the_other_settings()
    {
        Write("rules: [{nam: x}]\nothewise: DENY\n");
        _home.Set(("Limits:IdentityBurst", "299"));
        var refused = await _home.RefusalAsync();
        Assert.Equal(ServerStartError.Configuration, refused.Error);
        var all = string.Join('\n', refused.Faults);
        Assert.All(
            ["issuance.yaml:1:10: rules[0].nam: there is no field `nam`", "issuance.yaml:2:1: othewise", "IdentityBurst"],
            text => Assert.Contains(text, all, StringComparison.Ordinal));
        Assert.False(Directory.Exists(File("store")));
    }

    [Fact]
    public async Task A_missing_file_refuses_the_start()
    {
        var refused = await _home.RefusalAsync();
        Assert.Contains("issuance.yaml: it cannot be opened", string.Join('\n', refused.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_get_what_the_rule_says_and_refusals_are_audited_with_its_name()
    {
        Write(Rules);
        await using var mesh = await _home.StartAsync();
        using var client = mesh.Connect();
        using var key = WorkloadKey.P256();
        var denied = await client.RefusalOfAsync(new Ask { Token = _home.Token() });
        Assert.Equal(StatusCode.PermissionDenied, denied.StatusCode);

        var csr = key.Csr(null, Names("pay.shop.svc"));
        var answer = await client.AskAsync(csr, new Ask { Token = _home.Token("web"), Seconds = 86_400 });
        Assert.Equal(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(2), answer.NotAfter - answer.NotBefore);
        Assert.Equal(["pay.shop.svc"], answer.Leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());

        var foreign = await client.CodeOfAsync(key.Csr(null, Names("pay.elsewhere")), new Ask { Token = _home.Token("web") });
        Assert.Equal(StatusCode.PermissionDenied, foreign);
        using var rsa = WorkloadKey.Rsa();
        Assert.Equal(StatusCode.InvalidArgument, await client.CodeOfAsync(rsa.Csr(), new Ask { Token = _home.Token("web") }));
        Assert.Equal(StatusCode.OK, await client.CodeOfAsync(csr, new Ask { Token = _home.Token("web") }));
        Assert.Equal(StatusCode.ResourceExhausted, await client.CodeOfAsync(csr, new Ask { Token = _home.Token("web") }));

        await Eventually.TrueAsync(() => _home.Store.Audit("csr.refused").Count >= 4, "the audit entries");
        var details = string.Join('\n', _home.Store.Audit("csr.refused").Select(entry => entry.Detail));
        Assert.All(
            [
                "PolicyDenied: rule `no-cart`", "DnsNameDenied: rule `named`, pay.elsewhere",
                "KeyTypeDenied: rule `named`, Rsa", "PolicyRateExceeded: rule `named`",
            ],
            text => Assert.Contains(text, details, StringComparison.Ordinal));
        Assert.Contains("rule `named`, pay.shop.svc", _home.Store.Audit("csr.named")[0].Detail, StringComparison.Ordinal);
        Assert.Contains(
            "meshca_issuance_policy_decisions_total{rule=\"named\",outcome=\"issued\"} 2", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_file_comes_into_force_and_a_wrong_one_only_raises_an_alarm()
    {
        Write("rules: []\notherwise: ALLOW\n");
        await using var mesh = await _home.StartAsync();
        using var client = mesh.Connect();
        using var key = WorkloadKey.P256();
        Assert.Equal(StatusCode.OK, await client.CodeOfAsync(key.Csr(), new Ask { Token = _home.Token() }));

        Write(Rules);
        await Eventually.TrueAsync(() => mesh.Part<IssuancePolicyLoader>().Status.Rules == 2, "two rules in force");
        Assert.Equal(StatusCode.PermissionDenied, await client.CodeOfAsync(key.Csr(), new Ask { Token = _home.Token() }));

        Write("rules: 7\n");
        await Eventually.TrueAsync(() => mesh.Part<IssuancePolicyLoader>().Status.Faults.Count > 0, "the faults");
        Assert.Equal(StatusCode.PermissionDenied, await client.CodeOfAsync(key.Csr(), new Ask { Token = _home.Token() }));
        Assert.Contains("meshca_issuance_policy_failed 1", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);

        using var channel = AdminChannel.Open(File("run/admin.sock"));
        var status = await new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).GetStatusAsync(
            new GetStatusRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, status.Rules);
        Assert.Contains("issuance.yaml:1:8", status.Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_explanation_says_what_would_be_issued_and_issues_nothing()
    {
        Write(Rules);
        _home.Set(("Issuance:LifetimeJitter", "0.1"));
        await using var mesh = await _home.StartAsync();
        using var key = WorkloadKey.P256();
        using var channel = AdminChannel.Open(File("run/admin.sock"));
        var explained = new List<ExplainResponse>();
        for (var i = 0; i < 5; i++)
        {
            explained.Add(await ExplainAsync(channel, key.Csr(null, Names("pay.shop.svc")), _home.Token("web")));
        }

        // Five dry runs take nothing off an allowance of two.
        Assert.All(explained, answer => Assert.True(answer.WouldIssue, answer.Refusal?.Reason));
        Assert.Equal(0, _home.Store.Count(kind: 5));
        var answer = explained[0];
        Assert.Equal(("jwt:cluster", "spiffe://cluster.local/ns/shop/sa/web"), (answer.Authentication.Authenticator, answer.Authentication.SpiffeId));
        Assert.Equal(
            ["no-cart No serviceAccounts 2", "named Yes  5"],
            answer.Rules.Select(rule => $"{rule.Name} {rule.Answer} {rule.Attribute} {rule.Line}"));
        var leaf = answer.Leaf;
        Assert.Equal(
            ("named", "", "spiffe://cluster.local/ns/shop/sa/web", "EcdsaP256", 256),
            (leaf.Rule, leaf.Subject, leaf.SpiffeId, leaf.Key, leaf.KeyBits));
        Assert.Equal(["pay.shop.svc"], leaf.DnsNames);
        var (earliest, latest) = (leaf.NotAfterEarliest.ToDateTimeOffset(), leaf.NotAfterLatest.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromMinutes(62), latest - leaf.NotBefore.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromMinutes(6), latest - earliest);

        // What the rule grants of certificates bounds tokens too.
        Assert.True(answer.JwtSvid.WouldMint);
        Assert.Equal(
            (TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)), (answer.JwtSvid.Lifetime.ToTimeSpan(), answer.JwtSvid.Longest.ToTimeSpan()));

        // And what is then issued is as was said.
        using var client = mesh.Connect();
        var issued = await client.AskAsync(key.Csr(null, Names("pay.shop.svc")), new Ask { Token = _home.Token("web") });
        Assert.InRange(issued.NotAfter, earliest, latest.AddMinutes(1));
    }

    [Fact]
    public async Task An_explanation_names_the_refusal_that_the_request_would_get()
    {
        Write(Rules);
        await using var mesh = await _home.StartAsync();
        using var client = mesh.Connect();
        using var key = WorkloadKey.P256();
        using var rsa = WorkloadKey.Rsa();
        using var channel = AdminChannel.Open(File("run/admin.sock"));
        (string Csr, string Token, string Reason)[] requests =
        [
            (key.Csr(), _home.Token(), "PolicyDenied"),
            (rsa.Csr(), _home.Token("web"), "KeyTypeDenied"),
            (key.Csr(null, Names("pay.elsewhere")), _home.Token("web"), "DnsNameDenied"),
            ("no csr", _home.Token("web"), "NoPem"),
            (key.Csr(), _home.Token("web", claims => claims["aud"] = "vault"), "WrongAudience"),
            (key.Csr(), "not.a.token", "BadTokenEncoding"),
        ];
        foreach (var (csr, token, reason) in requests)
        {
            var answer = await ExplainAsync(channel, csr, token);
            Assert.Equal(reason, answer.Refusal.Reason);
            var status = await client.RefusalOfAsync(csr, new Ask { Token = token });
            Assert.Equal((status.StatusCode, status.Detail), ((StatusCode)answer.Refusal.Status, answer.Refusal.Message));
            Assert.Null(answer.Leaf);
        }
    }

    [Fact]
    public async Task Labels_of_the_inventory_are_what_rules_on_labels_see()
    {
        Write("rules: [{name: gold, from: {podLabels: {app: cart}}}]\notherwise: DENY\n");
        await System.IO.File.WriteAllTextAsync(
            File("inventory.yaml"),
            "workloads: [{name: cart, namespace: shop, serviceAccount: cart, labels: {app: cart}}]",
            TestContext.Current.CancellationToken);
        _home.Set(("Policies:InventoryFile", File("inventory.yaml")));
        await using var mesh = await _home.StartAsync();
        await Eventually.TrueAsync(() => mesh.Find<MeshCA.Policies.IPolicySnapshots>()?.Current is not null, "the inventory");
        using var channel = AdminChannel.Open(File("run/admin.sock"));
        using var key = WorkloadKey.P256();
        Assert.True((await ExplainAsync(channel, key.Csr(), _home.Token())).WouldIssue);
        var stranger = await ExplainAsync(channel, key.Csr(), _home.Token("stranger"));
        Assert.Equal(("PolicyUndecided", "rule `gold`, `podLabels` is not known"), (stranger.Refusal.Reason, stranger.Refusal.Detail));
        Assert.Equal("gold", mesh.Part<IssuanceGate>().Policy.Rules.First().Name);
    }

    private string File(string name) => _home.File(name);

    private void Write(string text) => System.IO.File.WriteAllText(File("issuance.yaml"), text);

    private static async Task<ExplainResponse> ExplainAsync(ChannelBase channel, string csr, string token) =>
        await new Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).ExplainAsync(
            new ExplainRequest { Token = token, Csr = csr }, cancellationToken: TestContext.Current.CancellationToken);

    private static X509Extension Names(params string[] names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            builder.AddDnsName(name);
        }

        return builder.Build();
    }
}
