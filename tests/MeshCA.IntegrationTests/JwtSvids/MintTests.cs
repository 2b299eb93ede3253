using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.IntegrationTests.Clusters;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Rpc;
using MeshCA.Wire.Identity;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Xunit;
using JwtAuthority = SpiffeIdentity.Bundles.JwtAuthority;
using Status = Grpc.Core.Status;
using TrustBundle = SpiffeIdentity.Bundles.TrustBundle;

namespace MeshCA.IntegrationTests.JwtSvids;

/// <summary>JWT-SVIDs over the wire: who gets one, what it says, who can verify it.</summary>
public sealed class MintTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_proves_the_identity_and_the_bundle_document_verifies_what_is_minted()
    {
        using var client = _mesh.Connect();
        var minted = await MintAsync(client, _mesh.Home.Token("minted"), "spiffe://cluster.local/ns/shop/sa/db");
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/minted", minted.SpiffeId);

        var svid = await ValidateAsync(_mesh, minted.Token, "spiffe://cluster.local/ns/shop/sa/db");
        Assert.Equal((minted.SpiffeId, minted.ExpiresAt.ToDateTimeOffset()), (svid.Id.ToString(), svid.ExpiresAt));
        Assert.InRange(svid.ExpiresAt - _mesh.Home.Clock.GetUtcNow(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_client_certificate_proves_as_much()
    {
        var (client, _) = await _mesh.EnrolAsync("minted-by-certificate");
        using (client)
        {
            var minted = await MintAsync(client, null, "api");
            Assert.Equal("spiffe://cluster.local/ns/shop/sa/minted-by-certificate", minted.SpiffeId);
        }
    }

    // Trust_Domain_and_Bundle §4: what a program follows by the stream verifies them too, and the key that comes next is there.
    [Fact]
    public async Task The_stream_of_the_bundle_has_the_keys()
    {
        using var client = _mesh.Connect();
        var minted = await MintAsync(client, _mesh.Home.Token("streams"), "api");
        using var watch = await BundleWatch.OpenAsync(client.Bundles, new() { Instance = "jwt" }, Options(_mesh.Home.Token("streams")));
        await foreach (var message in watch.ReadAsync(Token))
        {
            var keys = message.Bundle.JwtAuthorities.Select(key => new JwtAuthority(key.KeyId, key.PublicKey.Memory)).ToList();
            Assert.Equal(2, keys.Count);
            var domain = TrustDomain.Parse(message.Bundle.TrustDomain);
            Assert.True(JwtBundle.TryCreate(domain, keys, out var bundle, out _));
            var set = BundleSet.Empty.With(TrustBundle.Empty(domain) with { Jwt = bundle });
            Assert.IsType<JwtSvidValidation.Accepted>(JwtSvidValidator.Validate(minted.Token, "api", set, _mesh.Home.Clock.GetUtcNow()));
            break;
        }
    }

    [Fact]
    public async Task Whoever_proves_nothing_gets_nothing()
    {
        using var client = _mesh.Connect();
        Assert.Equal(GrpcStatus.Unauthenticated, await RefusalAsync(client, null, new() { Audience = { "api" } }));
        Assert.Equal(GrpcStatus.Unauthenticated, await RefusalAsync(client, "no token", new() { Audience = { "api" } }));
    }

    public static TheoryData<string, int> Audiences() => new()
    {
        { "", 0 },
        { "empty", 1 },
        { "control", 1 },
        { "long", 1 },
        { "many", 17 },
    };

    [Theory, MemberData(nameof(Audiences))]
    public async Task Audiences_that_break_a_rule_are_the_callers_fault(string what, int count)
    {
        using var client = _mesh.Connect();
        var value = what switch
        {
            "empty" => "",
            "control" => "a\tb",
            "long" => new string('a', 256),
            _ => "a",
        };
        var request = new MintJwtSvidRequest { Audience = { Enumerable.Range(0, count).Select(i => count > 1 ? value + i : value) } };
        var status = await RefusalAsync(client, _mesh.Home.Token("bad-audience"), request);
        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.StartsWith("`audience`: ", status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(7_200, 3_600)]
    public async Task A_lifetime_is_granted_within_the_limits(int asked, int granted)
    {
        using var client = _mesh.Connect();
        var minted = await client.JwtSvids.MintAsync(
            new() { Audience = { "api" }, Lifetime = Duration.FromTimeSpan(TimeSpan.FromSeconds(asked)) }, Options(_mesh.Home.Token("lives")));
        Assert.InRange((minted.ExpiresAt.ToDateTimeOffset() - _mesh.Home.Clock.GetUtcNow()).TotalSeconds, granted - 10, granted);
    }

    [Fact]
    public async Task A_lifetime_that_is_no_duration_is_refused()
    {
        using var client = _mesh.Connect();
        var request = new MintJwtSvidRequest { Audience = { "api" }, Lifetime = new() { Seconds = 1, Nanos = -1 } };
        Assert.Equal(GrpcStatus.TokenLifetimeMalformed, await RefusalAsync(client, _mesh.Home.Token("lives"), request));
    }

    [Fact]
    public async Task Another_identity_needs_the_right_to_it()
    {
        using var client = _mesh.Connect();
        var own = await client.JwtSvids.MintAsync(
            new() { Audience = { "api" }, SpiffeId = "spiffe://cluster.local/ns/shop/sa/self" }, Options(_mesh.Home.Token("self")));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/self", own.SpiffeId);
        var other = new MintJwtSvidRequest { Audience = { "api" }, SpiffeId = "spiffe://cluster.local/ns/shop/sa/other" };
        Assert.Equal(StatusCode.PermissionDenied, (await RefusalAsync(client, _mesh.Home.Token("self"), other)).StatusCode);
    }

    // istio-ca §2.6, for tokens.
    [Fact]
    public async Task A_node_proxy_gets_tokens_for_the_pods_of_its_node_and_for_no_others()
    {
        await using var home = await ClusterHome.StartAsync();
        using var client = home.Mesh.Connect();
        const string cart = "spiffe://cluster.local/ns/shop/sa/cart";
        var minted = await client.JwtSvids.MintAsync(new() { Audience = { "api" }, SpiffeId = cart }, Options(home.Ztunnel()));
        Assert.Equal(cart, (await ValidateAsync(home.Mesh, minted.Token, "api")).Id.ToString());
        var row = home.Home.Store.Read("SELECT subject, authenticator, audience FROM journal WHERE kind = 6")[0];
        Assert.Equal([cart, "tokenreview:Kubernetes by spiffe://cluster.local/ns/istio-system/sa/ztunnel", "api"], row);

        var nobody = new MintJwtSvidRequest { Audience = { "api" }, SpiffeId = "spiffe://cluster.local/ns/shop/sa/nobody" };
        Assert.Equal(StatusCode.PermissionDenied, (await RefusalAsync(client, home.Ztunnel(), nobody)).StatusCode);
    }

    [Fact]
    public async Task The_quota_of_tokens_is_not_that_of_certificates()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:IdentityBurst", "300"), ("Limits:IdentityRatePerSecond", "1"));
        using var client = mesh.Connect();
        var token = mesh.Home.Token("greedy");
        Status? refused = null;
        for (var i = 0; i < 400 && refused is null; i++)
        {
            try
            {
                await MintAsync(client, token, "api");
            }
            catch (RpcException e)
            {
                refused = e.Status;
            }
        }

        Assert.Equal(GrpcStatus.TokenQuotaExceeded, refused);
        await client.AskAsync(token);
    }

    [Fact]
    public async Task Where_none_are_issued_the_method_is_not_there_and_no_keys_are_published()
    {
        await using var mesh = await TestMesh.StartAsync(("JwtSvids:Enabled", "false"), ("JwtSvids:Issuer", "https://oidc.example.org"));
        using var client = mesh.Connect();
        Assert.Equal(GrpcStatus.NoJwtSvids, await RefusalAsync(client, mesh.Home.Token(), new() { Audience = { "api" } }));
        Assert.Empty((await BundleAsync(mesh)).Jwt.Authorities);
        using var keys = await mesh.Http.GetAsync("/keys", Token);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, keys.StatusCode);
    }

    [Fact]
    public async Task Switched_off_the_keys_leave_and_the_sequence_tells()
    {
        using var home = new MeshHome();
        ulong? before;
        var first = await home.StartAsync();
        before = (await BundleAsync(first)).Sequence;
        await first.CloseAsync();

        home.Set(("JwtSvids:Enabled", "false"));
        await using (var mesh = await home.StartAsync())
        {
            var bundle = await BundleAsync(mesh);
            Assert.Empty(bundle.Jwt.Authorities);
            Assert.True(bundle.Sequence > before);
        }
    }

    [Fact]
    public async Task The_keys_survive_a_restart_and_the_tokens_with_them()
    {
        using var home = new MeshHome();
        string token;
        var first = await home.StartAsync();
        using (var client = first.Connect())
        {
            token = (await MintAsync(client, home.Token(), "api")).Token;
        }

        await first.CloseAsync();

        await using (var mesh = await home.StartAsync())
        {
            await ValidateAsync(mesh, token, "api");
        }
    }

    // The keys of JWT-SVIDs are ours where the X.509 authorities are the operator's, too.
    [Fact]
    public async Task A_plugged_in_authority_has_keys_for_tokens_and_they_are_tainted_and_revoked_like_others()
    {
        using var home = new MeshHome();
        var root = OperatorAuthority.Root("root 1");
        home.Set(("Authorities:PluginDirectory", home.File("cacerts")), ("Server:AdminSocket", home.File("run/admin.sock")));
        new PluginFiles(home.File("cacerts")).WriteIstio(root, root.Pem, root.Pem);
        await using var mesh = await home.StartAsync();
        await JwtKeyOrders.TaintAndRevokeAsync(mesh);
    }

    [Fact]
    public async Task Keys_are_tainted_and_revoked_by_their_ids()
    {
        await using var mesh = await StartWithSocketAsync();
        await JwtKeyOrders.TaintAndRevokeAsync(mesh);
    }

    [Fact]
    public async Task The_next_key_signs_on_order_and_by_force_where_it_is_too_new()
    {
        await using var mesh = await StartWithSocketAsync();
        using var channel = mesh.ConnectAdmin();
        var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
        var next = mesh.Part<IAuthoritySnapshots>().Current!.Jwt.Published[1].Id;
        var refused = await client.RotateJwtKeyAsync(new(), cancellationToken: Token);
        Assert.Equal("propagation", Assert.Single(refused.Refusal.Unmet).Kind);
        Assert.Equal(next, refused.JwtKeys.Next.Id);
        var unexplained = await Assert.ThrowsAsync<RpcException>(() => client.RotateJwtKeyAsync(new() { Force = true }, cancellationToken: Token).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, unexplained.StatusCode);
        await client.RotateJwtKeyAsync(new() { Force = true, Reason = "a drill" }, cancellationToken: Token);
        Assert.Equal(next, mesh.Part<IAuthoritySnapshots>().Current!.Jwt.Signer!.Id);

        using var workload = mesh.Connect();
        var minted = await MintAsync(workload, mesh.Home.Token(), "api");
        Assert.Equal(next, (await ValidateAsync(mesh, minted.Token, "api")).KeyId);
    }

    [Fact]
    public async Task Administrators_find_tokens_apart_from_certificates()
    {
        await using var mesh = await StartWithSocketAsync();
        using var client = mesh.Connect();
        await client.AskAsync(mesh.Home.Token("listed"));
        var minted = await MintAsync(client, mesh.Home.Token("listed"), "api");
        using var channel = mesh.ConnectAdmin();
        var admin = new Wire.Admin.Certificates.CertificatesClient(channel);
        const string id = "spiffe://cluster.local/ns/shop/sa/listed";
        var tokens = await admin.ListAsync(new() { SpiffeId = id, JwtSvids = true }, cancellationToken: Token);
        var token = Assert.Single(tokens.Certificates);
        Assert.Equal(("JwtSvid", id, "api"), (token.Kind, token.SpiffeId, Assert.Single(token.Audience)));
        Assert.True(JwtSvid.TryParse(minted.Token, out var svid, out _));
        Assert.Equal(svid.KeyId, token.Authority);
        Assert.DoesNotContain(minted.Token, tokens.ToString(), StringComparison.Ordinal);

        var certificates = await admin.ListAsync(new() { SpiffeId = id }, cancellationToken: Token);
        Assert.Equal("Leaf", Assert.Single(certificates.Certificates).Kind);
        var shown = await admin.ShowAsync(new() { Serial = token.Serial }, cancellationToken: Token);
        Assert.Equal(token, shown);
    }

    [Fact]
    public async Task A_refusal_is_audited_and_counted_and_says_nothing_of_the_token()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Connect();
        var token = mesh.Home.Token("refused");
        await RefusalAsync(client, token, new() { Audience = { "" } });
        await Eventually.TrueAsync(
            () => mesh.Home.Store.Read("SELECT actor, detail FROM audit_events WHERE action = 'jwt-svid.refused'") is [[var actor, var detail]]
                && actor.EndsWith("/sa/refused", StringComparison.Ordinal) && detail.StartsWith("AudienceInvalid: ", StringComparison.Ordinal),
            "the record of the refusal");
        await MintAsync(client, token, "api");
        var metrics = await mesh.GetAsync("/metrics");
        Assert.Contains("meshca_jwt_svids_refused_total{reason=\"AudienceInvalid\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("meshca_jwt_svids_issued_total{authenticator=\"jwt:cluster\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("meshca_jwt_keys 2", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_rotates_its_keys_while_tokens_are_minted_and_none_of_them_is_refused()
    {
        await using var mesh = await TestMesh.StartAsync(
            ("JwtSvids:KeyLifetime", "00:00:10"),
            ("JwtSvids:PropagationWindow", "00:00:05"),
            ("JwtSvids:MaxLifetime", "00:01:00"),
            ("JwtSvids:DefaultLifetime", "00:00:30"));
        using var client = mesh.Connect();
        var keys = new HashSet<string>();
        var published = await BundleAsync(mesh);
        for (var round = 0; keys.Count < 3; round++)
        {
            Assert.True(round < 400, string.Create(CultureInfo.InvariantCulture, $"{keys.Count} keys after {round} rounds"));
            var minted = await MintAsync(client, mesh.Home.Token("rotates"), "api");

            // By a bundle from before: a verifier that looks now and then.
            var outcome = ValidationOf(minted.Token, "api", published, mesh);
            keys.Add(Assert.IsType<JwtSvidValidation.Accepted>(outcome).Svid.KeyId);
            mesh.Home.Clock.Offset += TimeSpan.FromSeconds(2);
            if (round % 2 == 0)
            {
                published = await BundleAsync(mesh);
            }

            await mesh.Part<IAuthoritySource>().AdvanceAsync(Token);
            await mesh.Part<MeshCA.Rotations.JwtKeyCoordinator>().StepAsync(Token);
        }
    }

    internal static CallOptions Options(string? token)
    {
        var headers = new Metadata();
        if (token is not null)
        {
            headers.Add("authorization", $"Bearer {token}");
        }

        return new(headers, cancellationToken: Token);
    }

    internal static async Task<MintJwtSvidResponse> MintAsync(MeshClient client, string? token, params string[] audience) =>
        await client.JwtSvids.MintAsync(new() { Audience = { audience } }, Options(token));

    internal static async Task<TrustBundle> BundleAsync(TestMesh mesh)
    {
        var document = await mesh.Http.GetByteArrayAsync("/bundle.json", Token);
        Assert.True(SpiffeBundleReader.TryRead(TrustDomain.Parse("cluster.local"), document, out var bundle, out var error), error.ToString());
        return bundle;
    }

    internal static async Task<JwtSvid> ValidateAsync(TestMesh mesh, string token, string audience)
    {
        var outcome = ValidationOf(token, audience, await BundleAsync(mesh), mesh);
        return Assert.IsType<JwtSvidValidation.Accepted>(outcome).Svid;
    }

    internal static JwtSvidValidation ValidationOf(string token, string audience, TrustBundle bundle, TestMesh mesh) =>
        JwtSvidValidator.Validate(token, audience, BundleSet.Empty.With(bundle), mesh.Home.Clock.GetUtcNow());

    private static async Task<TestMesh> StartWithSocketAsync()
    {
        var home = new MeshHome();
        home.Set(("Server:AdminSocket", home.File("run/admin.sock")));
        return await home.StartAsync();
    }

    private static async Task<Status> RefusalAsync(MeshClient client, string? token, MintJwtSvidRequest request) =>
        (await Assert.ThrowsAsync<RpcException>(() => client.JwtSvids.MintAsync(request, Options(token)).ResponseAsync)).Status;
}

/// <summary>What administrators do to keys of JWT-SVIDs.</summary>
internal static class JwtKeyOrders
{
    public static async Task TaintAndRevokeAsync(TestMesh mesh)
    {
        var token = TestContext.Current.CancellationToken;
        using var client = mesh.Connect();
        var minted = await MintTests.MintAsync(client, mesh.Home.Token(), "api");
        var bad = (await MintTests.ValidateAsync(mesh, minted.Token, "api")).KeyId;
        using var channel = mesh.ConnectAdmin();
        var admin = new Wire.Admin.Authorities.AuthoritiesClient(channel);
        var keys = (await admin.ListAsync(new(), cancellationToken: token)).Authorities.Where(a => a.Kind == "jwt_key").ToList();
        Assert.Equal([(bad, "active"), (keys[1].Id, "prepared")], keys.Select(key => (key.Id, key.State)));

        var active = await Assert.ThrowsAsync<RpcException>(() => admin.RevokeAsync(new() { Id = bad }, cancellationToken: token).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, active.StatusCode);
        Assert.Null((await admin.TaintAsync(new() { Id = bad, Reason = "seen elsewhere" }, cancellationToken: token)).Refusal);
        await MintTests.ValidateAsync(mesh, minted.Token, "api"); // tainted: to be replaced, and good until then

        using var watch = await BundleWatch.OpenAsync(client.Bundles, new() { Instance = "jwt" }, MintTests.Options(mesh.Home.Token()));
        await foreach (var message in watch.ReadAsync(token))
        {
            Assert.Equal([bad], message.Bundle.TaintedKeyIds);
            break;
        }

        var next = await MintTests.MintAsync(client, mesh.Home.Token(), "api");
        Assert.Equal(keys[1].Id, (await MintTests.ValidateAsync(mesh, next.Token, "api")).KeyId);
        Assert.Null((await admin.RevokeAsync(new() { Id = bad, Reason = "gone" }, cancellationToken: token)).Refusal);
        var bundle = await MintTests.BundleAsync(mesh);
        var refused = MintTests.ValidationOf(minted.Token, "api", bundle, mesh);
        Assert.Equal(JwtSvidError.UnknownKey, Assert.IsType<JwtSvidValidation.Refused>(refused).Error);
        var unknown = await Assert.ThrowsAsync<RpcException>(() => admin.TaintAsync(new() { Id = bad }, cancellationToken: token).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, unknown.StatusCode);
    }
}
