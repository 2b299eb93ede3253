using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Authentication.Keys;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Authenticating;

/// <summary>Who is believed by token (appendix B item 5); whatever is wrong, the caller hears one message.</summary>
public sealed class TokenTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Identity = "spiffe://cluster.local/ns/shop/sa/cart";
    private static readonly Status Opaque = new(StatusCode.Unauthenticated, "request authenticate failure");
    private readonly TestMesh _mesh = fixture.Mesh;

    // what is wrong, and the one change of a good token that makes it so
    public static TheoryData<string, Action<JsonObject>> WrongClaims() =>
    [
        new("WrongAudience", claims => claims["aud"] = new JsonArray("api")) { Label = "another audience" },
        new("WrongAudience", claims => claims.Remove("aud")) { Label = "no audience" },
        new("Expired", claims => claims["exp"] = Seconds(TimeSpan.FromHours(-1))) { Label = "expired" },
        new("NoExpiry", claims => claims.Remove("exp")) { Label = "without an end" },
        new("NotYetValid", claims => claims["nbf"] = Seconds(TimeSpan.FromHours(1))) { Label = "not valid yet" },
        new("UnknownIssuer", claims => claims["iss"] = "https://elsewhere") { Label = "another issuer" },
        new("NotServiceAccount", claims => claims["sub"] = "system:node:n1") { Label = "a node" },
        new("NotServiceAccount", claims => claims["sub"] = "system:serviceaccount:shop") { Label = "three parts" },
        new("NotServiceAccount", claims => claims["sub"] = "system:serviceaccount:shop:cart:x") { Label = "five parts" },
        new("NotServiceAccount", claims => claims["sub"] = "admin:serviceaccount:shop:cart") { Label = "another prefix" },
        new("ClaimsDisagree", claims => claims["kubernetes.io"]!["namespace"] = "other") { Label = "another namespace in its claims" },
    ];

    [Theory]
    [MemberData(nameof(WrongClaims))]
    public async Task A_token_with_one_fault_is_refused_and_the_audit_knows_which(string reason, Action<JsonObject> change) =>
        await RefusesAsync(new Ask { Token = _mesh.Home.Token(change: change) }, reason);

    [Fact]
    public async Task A_call_without_credentials_is_refused() => await RefusesAsync(new Ask(), "NoCredentials");

    [Theory]
    [InlineData("bearer ")]
    [InlineData("Istio ")]
    [InlineData("Bearer")]
    public async Task The_scheme_is_exactly_bearer_and_one_space(string scheme) =>
        await RefusesAsync(With("authorization", scheme + _mesh.Home.Token()), "NoCredentials");

    [Fact]
    public async Task A_token_of_another_key_is_refused()
    {
        using var stranger = new TestTokenSigner("ES256", "k1");
        await RefusesAsync(new Ask { Token = stranger.Sign(TestClaims.Of(_mesh.Home.Clock.GetUtcNow())) }, "BadSignature");
    }

    [Fact]
    public async Task A_token_without_signature_is_refused()
    {
        var parts = _mesh.Home.Token().Split('.');
        await RefusesAsync(new Ask { Token = $"{parts[0]}.{parts[1]}." }, "NotCompactJws");
        var header = TestTokenSigner.Encode("""{"alg":"none"}"""u8);
        await RefusesAsync(new Ask { Token = $"{header}.{parts[1]}.AAAA" }, "AlgorithmNotAllowed");
    }

    [Fact]
    public async Task An_encrypted_token_of_five_parts_is_refused() =>
        await RefusesAsync(new Ask { Token = "a.b.c.d.e" }, "NotCompactJws");

    [Theory]
    [InlineData("Kubernetes")]
    [InlineData("primary")]
    public async Task A_cluster_is_known_by_its_id_and_by_its_alias(string cluster) =>
        await AcceptsAsync(new Ask { Token = _mesh.Home.Token(), Cluster = cluster });

    [Fact]
    public async Task An_unknown_cluster_is_refused() =>
        await RefusesAsync(new Ask { Token = _mesh.Home.Token(), Cluster = "elsewhere" }, "UnknownCluster");

    [Fact]
    public async Task A_shared_ztunnel_may_name_its_own_identity() =>
        await AcceptsAsync(new Ask { Token = _mesh.Home.Token(), Fields = Fields("ImpersonatedIdentity", Value.ForString(Identity)) });

    [Fact]
    public async Task A_field_that_is_no_text_reads_as_empty() =>
        await AcceptsAsync(new Ask { Token = _mesh.Home.Token(), Fields = Fields("ImpersonatedIdentity", Value.ForNumber(7)) });

    [Fact]
    public async Task The_certificate_signer_that_pilot_agent_sends_changes_nothing() =>
        await AcceptsAsync(new Ask { Token = _mesh.Home.Token(), Fields = Fields("CertSigner", Value.ForString("")) });

    [Theory]
    [InlineData("spiffe://cluster.local/ns/shop/sa/other")]
    [InlineData("spiffe://elsewhere/ns/shop/sa/cart")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/cart,spiffe://cluster.local/ns/shop/sa/admin")]
    public async Task Another_identity_is_denied_until_impersonation_is_there(string identity)
    {
        using var client = _mesh.Connect();
        var status = await client.RefusalOfAsync(
            new Ask { Token = _mesh.Home.Token(), Fields = Fields("ImpersonatedIdentity", Value.ForString(identity)) });
        Assert.Equal(StatusCode.PermissionDenied, status.StatusCode);
        Assert.Contains("impersonation is not enabled", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plaintext_on_the_tls_port_gets_no_answer()
    {
        using var client = new MeshClient(new ClientSetUp
        {
            Address = new UriBuilder(_mesh.Address) { Scheme = "http" }.Uri,
            Roots = _mesh.Bundle,
        });
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(new Ask { Token = _mesh.Home.Token() })).StatusCode);
    }

    [Fact]
    public async Task A_client_that_does_not_trust_the_root_gets_no_answer()
    {
        using var client = new MeshClient(new ClientSetUp { Address = _mesh.Address, Roots = [] });
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(new Ask { Token = _mesh.Home.Token() })).StatusCode);
    }

    [Fact]
    public async Task Keys_that_were_never_read_make_the_call_unavailable_and_the_service_unready()
    {
        var home = new MeshHome();
        System.IO.File.Delete(home.File("jwks.json"));
        await using var mesh = new TestMesh(home, Assert.IsType<Hosting.ServerStart.Started>(await home.TryStartAsync()).Server);
        await mesh.ReadBundleAsync();
        using var client = mesh.Connect();
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(new Ask { Token = home.Token() })).StatusCode);
        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        Assert.Contains("issuer:cluster", await mesh.ReadinessAsync(), StringComparison.Ordinal);

        await System.IO.File.WriteAllTextAsync(home.File("jwks.json"), TestTokenSigner.KeySet(home.Signer));
        await Eventually.TrueAsync(async () => await mesh.ReadinessCodeAsync() == 200, "the keys");
        Assert.Equal(StatusCode.OK, await client.CodeOfAsync(Csr(), new Ask { Token = home.Token() }));
    }

    [Fact]
    public async Task A_token_of_a_key_just_rotated_in_is_told_to_come_again_and_then_accepted()
    {
        await using var mesh = await TestMesh.StartAsync(("Authentication:Issuers:0:RefreshInterval", "01:00:00"));
        using var client = mesh.Connect();
        using var next = new TestTokenSigner("ES256", "k2");
        await System.IO.File.WriteAllTextAsync(mesh.Home.File("jwks.json"), TestTokenSigner.KeySet(mesh.Home.Signer, next));
        mesh.Home.Clock.Offset = IssuerKeyRing.MinRefreshSpacing;
        var ask = new Ask { Token = next.Sign(TestClaims.Of(mesh.Home.Clock.GetUtcNow())) };
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(ask)).StatusCode);
        await Eventually.TrueAsync(
            async () => await client.CodeOfAsync(Csr(), ask) is var code && code == StatusCode.OK
                ? true
                : code == StatusCode.Unavailable ? false : throw new InvalidOperationException($"{code}"),
            "the new key");
    }

    private static Ask With(string name, string value) => new() { Headers = new Metadata { { name, value } } };

    private static Struct Fields(string name, Value value) => new() { Fields = { [name] = value } };

    private static long Seconds(TimeSpan fromNow) => (TimeProvider.System.GetUtcNow() + fromNow).ToUnixTimeSeconds();

    private static string Csr()
    {
        using var key = WorkloadKey.P256();
        return key.Csr();
    }

    private async Task AcceptsAsync(Ask ask)
    {
        using var client = _mesh.Connect();
        var answer = await client.AskAsync(Csr(), ask);
        var names = Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == "2.5.29.17");
        Assert.EndsWith(Identity, System.Text.Encoding.ASCII.GetString(names.RawData), StringComparison.Ordinal);
    }

    private async Task RefusesAsync(Ask ask, string reason)
    {
        using var client = _mesh.Connect();
        var status = await client.RefusalOfAsync(ask);
        Assert.Equal((Opaque.StatusCode, Opaque.Detail), (status.StatusCode, status.Detail));
        await Eventually.TrueAsync(
            () => _mesh.Home.Store.Audit("csr.refused").Any(entry => entry.Detail.Split(',', ':')[0] == reason),
            $"an audit entry of {reason}");
    }
}
