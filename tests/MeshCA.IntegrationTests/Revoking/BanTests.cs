using Grpc.Core;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Decision.V1;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>Bans against the real service: issuing, every form of decision, restarts.</summary>
public sealed class BanTests
{
    private const string AllowAll = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: all, namespace: shop}
        spec: {rules: [{}]}
        """;

    [Fact]
    public async Task After_the_answer_a_banned_identity_gets_no_certificate_by_token_or_renewal_also_after_a_restart()
    {
        using var home = new RevocationHome();
        var mesh = await home.StartAsync();
        var (renewing, answer) = await mesh.EnrolAsync("cart");
        using (renewing)
        using (var revoker = new Revoker(home.Socket))
        {
            var ban = await revoker.BanAsync("shop/cart");
            Assert.Equal((1, answer.NotAfter), (ban.LiveCertificates, ban.LastEnd.ToDateTimeOffset()));
            Assert.Equal(new Status(StatusCode.PermissionDenied, "the identity is banned"), await RefusalAsync(mesh, home.Home.Token()));
            Assert.Equal(StatusCode.PermissionDenied, (await renewing.RefusalOfAsync(new Ask())).StatusCode);
            Assert.Equal(StatusCode.AlreadyExists, await Revoker.RefusalAsync(() => revoker.BanAsync("shop/cart")));
        }

        await mesh.CloseAsync();
        await using var again = await home.StartAsync();
        Assert.Equal(StatusCode.PermissionDenied, (await RefusalAsync(again, home.Home.Token())).StatusCode);
        using var other = again.Connect();
        await other.AskAsync(home.Home.Token("stock"));

        using var lifting = new Revoker(home.Socket);
        await lifting.Client.RemoveBanAsync(new RemoveBanRequest { Number = 1, Reason = "a mistake" });
        await other.AskAsync(home.Home.Token());
    }

    [Fact]
    public async Task Every_form_of_decision_denies_a_banned_peer_from_the_next_question_on_and_names_the_ban()
    {
        using var home = new RevocationHome(TestPolicies.Of(AllowAll, "shop/cart"), ("Decisions:HttpPort", "0"));
        await using var mesh = await home.StartAsync();
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        using var revoker = new Revoker(home.Socket);
        var question = Ask("web/shop");
        Assert.True((await proxy.Decisions.DecideAsync(question)).Decision.Allowed);
        Assert.Equal(0, (await proxy.Authorization.CheckAsync(Question.Http("shop/cart"))).Status.Code);

        await revoker.BanAsync("web/shop");
        var expected = $"the peer, 1: identity {TestPolicies.IdOf("web/shop")}";
        var decided = (await proxy.Decisions.DecideAsync(question)).Decision;
        Assert.Equal((false, "banned", expected), (decided.Allowed, decided.Reason, decided.Ban));
        var check = await proxy.Authorization.CheckAsync(Question.Http("shop/cart"));
        Assert.Equal((int)StatusCode.PermissionDenied, check.Status.Code);
        Assert.Equal("RBAC: access denied", check.DeniedResponse.Body);
        Assert.Equal(expected, check.DynamicMetadata.Fields["meshca"].StructValue.Fields["ban"].StringValue);

        using var channel = mesh.ConnectAdmin();
        var explained = await new PolicyDecisionPoint.PolicyDecisionPointClient(channel).ExplainAsync(question);
        Assert.Equal(("banned", $"{expected}: stolen"), (explained.Decision.Reason, explained.Decision.Ban));
        Assert.NotEmpty(explained.Policies);

        // HTTP tells nothing of the peer, so it may be the banned one.
        using var http = new System.Net.Http.HttpClient { BaseAddress = mesh.DecisionHttpAddress };
        using var response = await http.GetAsync("/envoy/cluster.local%2Fns%2Fshop%2Fsa%2Fcart/");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, response.StatusCode);
        Assert.StartsWith("the peer is unknown", response.Headers.GetValues("x-meshca-ban").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web/shop", 403, "the peer, 1: identity")]
    [InlineData("web/other", 200, null)]
    [InlineData(null, 403, "the peer is unknown")]
    public async Task Over_HTTP_the_peer_that_the_proxy_tells_of_is_held_against_the_bans(string? peer, int expected, string? ban)
    {
        using var home = new RevocationHome(
            TestPolicies.Of(AllowAll, "shop/cart"), ("Decisions:HttpPort", "0"), ("Decisions:PeerHeader", "X-Forwarded-Client-Cert"));
        await using var mesh = await home.StartAsync();
        using var revoker = new Revoker(home.Socket);
        await revoker.BanAsync("web/shop");
        using var http = new System.Net.Http.HttpClient { BaseAddress = mesh.DecisionHttpAddress };
        using var request = new System.Net.Http.HttpRequestMessage(System.Net.Http.HttpMethod.Get, "/envoy/cluster.local%2Fns%2Fshop%2Fsa%2Fcart/");
        request.Headers.Add("X-Forwarded-Client-Cert", peer is null ? "Hash=00" : $"Hash=00;URI={TestPolicies.IdOf(peer)}");
        using var response = await http.SendAsync(request);
        var told = response.Headers.TryGetValues("x-meshca-ban", out var values) ? values.Single() : null;
        Assert.Equal(expected, (int)response.StatusCode);
        Assert.True(ban is null ? told is null : told!.StartsWith(ban, StringComparison.Ordinal), told);
    }

    [Fact]
    public async Task A_question_over_HTTP_that_cannot_be_read_is_denied_where_a_ban_denies_it_and_is_no_error_to_fail_open_on()
    {
        using var home = new RevocationHome(
            TestPolicies.Of(AllowAll, "shop/cart"), ("Decisions:HttpPort", "0"), ("Decisions:PeerHeader", "X-Forwarded-Client-Cert"));
        await using var mesh = await home.StartAsync();
        using var revoker = new Revoker(home.Socket);
        await revoker.BanAsync("web/shop");
        using var http = new System.Net.Http.HttpClient { BaseAddress = mesh.DecisionHttpAddress };
        foreach (var form in (string[])["envoy", "forward-auth"])
        {
            using var request = new System.Net.Http.HttpRequestMessage(System.Net.Http.HttpMethod.Get, $"/{form}/cluster.local%2Fns%2Fshop%2Fsa%2Fcart/");
            request.Headers.Add("X-Forwarded-Client-Cert", "URI=\"");
            using var response = await http.SendAsync(request);
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task Without_policies_a_ban_is_decided_and_nothing_else()
    {
        using var home = new RevocationHome(new TestPolicies());
        await using var mesh = await home.StartAsync();
        using var proxy = (await mesh.EnrolAsync("cart")).Client;
        using var revoker = new Revoker(home.Socket);
        await revoker.BanAsync("spiffe://cluster.local/ns/web", isPrefix: true);
        Assert.False((await proxy.Decisions.DecideAsync(Ask("web/shop"))).Decision.Allowed);
        Assert.Equal(StatusCode.Unavailable, await Revoker.RefusalAsync(async () => await proxy.Decisions.DecideAsync(Ask("weba/shop"))));
        Assert.Equal(
            StatusCode.PermissionDenied, (StatusCode)(await proxy.Authorization.CheckAsync(Question.Http("shop/cart"))).Status.Code);
    }

    [Fact]
    public async Task An_administrator_bans_within_its_scopes_and_a_banned_one_administers_no_more()
    {
        using var home = new RevocationHome(
            null,
            ("Admin:OnTlsPort", "true"),
            ("Admin:Grants:0:SpiffeId", TestPolicies.IdOf("shop/officer")),
            ("Admin:Grants:0:Role", "SecurityOfficer"),
            ("Admin:Grants:0:Scopes:0", "spiffe://cluster.local/ns/web"));
        await using var mesh = await home.StartAsync();
        using var channel = await mesh.ConnectAdminAsync("officer");
        var officer = new MeshCA.Wire.Admin.Revocations.RevocationsClient(channel);
        using var root = new Revoker(home.Socket);
        await root.BanAsync("shop/cart");
        await officer.AddBanAsync(new AddBanRequest { SpiffeId = "spiffe://cluster.local/ns/web/sa/shop" });
        foreach (var (id, prefix) in ((string, bool)[])[(TestPolicies.IdOf("shop/stock"), false), ("spiffe://cluster.local/ns", true), ("spiffe://cluster.local", true)])
        {
            Assert.Equal(
                StatusCode.PermissionDenied, await Revoker.RefusalAsync(async () => await officer.AddBanAsync(new AddBanRequest { SpiffeId = id, Prefix = prefix })));
        }

        Assert.Equal([2L], (await officer.ListBansAsync(new ListBansRequest())).Bans.Select(ban => ban.Number));
        Assert.Equal(StatusCode.PermissionDenied, await Revoker.RefusalAsync(async () => await officer.RemoveBanAsync(new RemoveBanRequest { Number = 1 })));
        await officer.RemoveBanAsync(new RemoveBanRequest { Number = 2 });

        await root.BanAsync("shop/officer");
        Assert.Equal(StatusCode.PermissionDenied, await Revoker.RefusalAsync(async () => await officer.ListBansAsync(new ListBansRequest())));
    }

    [Fact]
    public async Task The_command_line_adds_lists_and_removes()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        var (code, output) = await home.RunAsync("ban", "add", "spiffe://cluster.local/ns/shop", "--prefix", "--for", "01:00:00", "--reason", "stolen");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("number 1: prefix spiffe://cluster.local/ns/shop (stolen)", output, StringComparison.Ordinal);
        Assert.Contains("nothing is issued to it, decisions deny it", output, StringComparison.Ordinal);
        Assert.Contains("\"expiresAt\"", (await home.RunAsync("ban", "list", "--output", "json")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "remove", "1")).Code);
        Assert.Equal(ExitCode.Refused, (await home.RunAsync("ban", "remove", "1")).Code);
        Assert.Equal(ExitCode.Refused, (await home.RunAsync("ban", "add", "no-id")).Code);
        Assert.Equal(ExitCode.Refused, (await home.RunAsync("ban", "add", "spiffe://cluster.local")).Code);
    }

    private static async Task<Status> RefusalAsync(TestMesh mesh, string token)
    {
        using var client = mesh.Connect();
        return await client.RefusalOfAsync(new Ask { Token = token });
    }

    private static DecideRequest Ask(string peer) => new()
    {
        Workload = new() { Principal = TestPolicies.IdOf("shop/cart") },
        Request = new() { Http = new() { Method = "GET", Path = "/", Host = "cart" }, SourcePrincipal = TestPolicies.IdOf(peer) },
    };
}
