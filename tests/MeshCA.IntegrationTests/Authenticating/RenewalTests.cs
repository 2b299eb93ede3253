using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authenticating;

/// <summary>Renewal by certificate: with what this CA issued, and never long after the last token.</summary>
public sealed class RenewalTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Opaque = "request authenticate failure";
    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task A_certificate_renews_itself_and_keeps_its_identity()
    {
        var (client, first) = await _mesh.EnrolAsync("renewing");
        using (client)
        {
            using var key = WorkloadKey.P256();
            var second = await client.AskAsync(key.Csr(), new Ask());
            Assert.Equal(NamesOf(first), NamesOf(second));
            Assert.NotEqual(first.Leaf.SerialNumber, second.Leaf.SerialNumber);
            Assert.Equal("", second.FindFault(_mesh.Home.Clock.GetUtcNow()));
        }
    }

    [Fact]
    public async Task A_renewed_certificate_renews_itself_and_the_journal_knows_the_token_behind_both()
    {
        var (client, first) = await _mesh.EnrolAsync("chained");
        using var key = WorkloadKey.P256();
        using (client)
        {
            var second = await client.AskAsync(key.Csr(), new Ask());
            using var next = _mesh.Connect(key.Join(second.Leaf), second.Middle);
            await next.AskAsync(key.Csr(), new Ask());
        }

        var rows = _mesh.Home.Store.Read(
            "SELECT authenticator, token_us, pod_name FROM journal WHERE subject = $value ORDER BY seq", "spiffe://cluster.local/ns/shop/sa/chained");
        Assert.Equal(["jwt:cluster", "client-certificate", "client-certificate"], rows.Select(row => row[0]));
        Assert.Single(rows.Select(row => row[1]).Distinct());
        Assert.All(rows, row => Assert.Equal("cart-5d4f-x7", row[2]));
        Assert.NotNull(first);
    }

    [Fact]
    public async Task Token_and_certificate_of_one_identity_are_accepted()
    {
        var (client, _) = await _mesh.EnrolAsync("both");
        using (client)
        {
            Assert.Equal(StatusCode.OK, await CodeAsync(client, new Ask { Token = _mesh.Home.Token("both") }));
        }
    }

    [Fact]
    public async Task Token_and_certificate_of_different_identities_are_refused()
    {
        var (client, _) = await _mesh.EnrolAsync("one");
        using (client)
        {
            await RefusesAsync(client, new Ask { Token = _mesh.Home.Token("two") });
        }
    }

    [Fact]
    public async Task A_bad_token_is_not_made_good_by_a_certificate()
    {
        var (client, _) = await _mesh.EnrolAsync("bad-token");
        using (client)
        {
            await RefusesAsync(client, new Ask { Token = _mesh.Home.Token("bad-token") + "A" });
        }
    }

    [Fact]
    public async Task A_certificate_may_not_name_another_identity()
    {
        var (client, _) = await _mesh.EnrolAsync("own");
        using (client)
        {
            var other = Google.Protobuf.WellKnownTypes.Value.ForString("spiffe://cluster.local/ns/shop/sa/cart");
            var ask = new Ask { Fields = new() { Fields = { ["ImpersonatedIdentity"] = other } } };
            Assert.Equal(StatusCode.PermissionDenied, (await client.RefusalOfAsync(ask)).StatusCode);
        }
    }

    [Fact]
    public async Task Renewal_can_be_switched_off_and_tokens_go_on()
    {
        await using var mesh = await TestMesh.StartAsync(("Authentication:ClientCertificates:Enabled", "false"));
        var (client, _) = await mesh.EnrolAsync();
        using (client)
        {
            await RefusesAsync(client, new Ask());
            Assert.Equal(StatusCode.OK, await CodeAsync(client, new Ask { Token = mesh.Home.Token() }));
        }
    }

    [Fact]
    public async Task A_renewed_certificate_ends_seven_days_after_the_token_at_the_latest()
    {
        await using var mesh = await TestMesh.StartAsync();
        var (client, first) = await mesh.EnrolAsync(seconds: 15 * 86_400);
        using (client)
        {
            var limit = first.NotBefore.AddMinutes(2).AddDays(7);
            await mesh.ShiftAsync(TimeSpan.FromDays(6.5));
            using var key = WorkloadKey.P256();
            var second = await client.AskAsync(key.Csr(), new Ask { Seconds = 86_400 });
            Assert.InRange(second.NotAfter, limit.AddSeconds(-1), limit.AddSeconds(1));
            Assert.Equal(StatusCode.OK, await CodeAsync(client, new Ask { Token = mesh.Home.Token() }));
        }
    }

    [Fact]
    public async Task Seven_days_after_the_token_renewal_ends_though_the_certificate_is_valid()
    {
        await using var mesh = await TestMesh.StartAsync();
        var (client, first) = await mesh.EnrolAsync(seconds: 15 * 86_400);
        using (client)
        {
            await mesh.ShiftAsync(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
            Assert.True(first.NotAfter > mesh.Home.Clock.GetUtcNow());
            await RefusesAsync(client, new Ask());
        }
    }

    [Fact]
    public async Task A_token_beside_the_certificate_restarts_the_seven_days()
    {
        await using var mesh = await TestMesh.StartAsync();
        var (client, _) = await mesh.EnrolAsync(seconds: 15 * 86_400);
        using var key = WorkloadKey.P256();
        CsrAnswer second;
        using (client)
        {
            await mesh.ShiftAsync(TimeSpan.FromDays(6));
            second = await client.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token(), Seconds = 15 * 86_400 });
        }

        await mesh.ShiftAsync(TimeSpan.FromDays(8));
        using var next = mesh.Connect(key.Join(second.Leaf), second.Middle);
        await Eventually.TrueAsync(async () => await CodeAsync(next, new Ask()) == StatusCode.OK, "a renewal on day 8");
    }

    private static string NamesOf(CsrAnswer answer) =>
        Convert.ToHexString(answer.Leaf.Extensions.Single(extension => extension.Oid?.Value == "2.5.29.17").RawData);

    private static async Task<StatusCode> CodeAsync(MeshClient client, Ask ask)
    {
        using var key = WorkloadKey.P256();
        return await client.CodeOfAsync(key.Csr(), ask);
    }

    private static async Task RefusesAsync(MeshClient client, Ask ask)
    {
        var status = await client.RefusalOfAsync(ask);
        Assert.Equal((StatusCode.Unauthenticated, Opaque), (status.StatusCode, status.Detail));
    }
}
