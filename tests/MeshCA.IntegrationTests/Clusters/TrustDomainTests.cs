using System.Net;
using System.Net.Http;
using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Xunit;
using BundleWatch = MeshCA.Requesting.BundleWatch;

namespace MeshCA.IntegrationTests.Clusters;

/// <summary>A cluster with a trust domain of its own, under the authorities of the mesh (ADR 0010): what holds of its identities from token to retirement.</summary>
public sealed class TrustDomainTests : IAsyncLifetime
{
    private const string West = "spiffe://west.example/ns/shop/sa/cart";
    private const string Home = "spiffe://cluster.local/ns/shop/sa/cart";

    private ClusterHome _home = null!; // set before each test

    private TestMesh Mesh => _home.Mesh;

    public async ValueTask InitializeAsync() =>
        _home = await ClusterHome.StartAsync(2, ("Kubernetes:Clusters:1:TrustDomain", "west.example"));

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Each_cluster_gets_identities_of_its_own_trust_domain_under_the_same_root()
    {
        var (home, west) = (await _home.AskAsync(new Ask { Token = _home.Token() }), await _home.AskAsync(AskOfWest()));
        Assert.Equal((Home, West), (Verified(home), Verified(west)));
        Assert.Equal(home.Elements[^1], west.Elements[^1]);

        // Neither token is good in the other cluster, under whatever name.
        foreach (var ask in (Ask[])[new Ask { Token = _home.Token(), Cluster = "cluster-1" }, new Ask { Token = _home.Token(cluster: 1) }])
        {
            await _home.RefusesAsync(ask, StatusCode.Unauthenticated, "request authenticate failure", "BadSignature");
        }
    }

    [Fact]
    public async Task Node_proxies_get_no_identity_of_another_clusters_trust_domain()
    {
        var ask = new Ask { Token = _home.Ztunnel(cluster: 1), Cluster = "cluster-1", Fields = ClusterHome.Impersonating(West) };
        Assert.Equal(West, Verified(await _home.AskAsync(ask)));
        await DeniesAsync(ask with { Fields = ClusterHome.Impersonating(Home) });
        await DeniesAsync(new Ask { Token = _home.Ztunnel(), Fields = ClusterHome.Impersonating(West) });

        Task DeniesAsync(Ask denied) => _home.RefusesAsync(
            denied, StatusCode.Unauthenticated, "request impersonation authentication failure", "ImpersonatedForeign");
    }

    [Fact]
    public async Task A_renewal_by_certificate_keeps_the_trust_domain_and_the_cluster()
    {
        using var client = await EnrolWestAsync();
        using var next = WorkloadKey.P256();
        Assert.Equal(West, Verified(await client.AskAsync(next.Csr(), new Ask())));
        var row = _home.Home.Store.Read("SELECT subject, authenticator, cluster FROM journal WHERE kind = 5 ORDER BY seq DESC LIMIT 1")[0];
        Assert.Equal([West, "client-certificate", "cluster-1"], row);
    }

    [Fact]
    public async Task A_certificate_of_a_trust_domain_that_was_taken_out_of_the_settings_proves_nothing_any_more()
    {
        using var key = WorkloadKey.P256();
        using var first = Mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), AskOfWest());
        await Mesh.CloseAsync();
        _home.Home.Set(("Kubernetes:Clusters:1:TrustDomain", "cluster.local"));
        var mesh = await _home.Home.StartAsync();
        try
        {
            // The handshake itself ends; which status that is depends on who notices first.
            using var client = mesh.Connect(key.Join(answer.Leaf), answer.Middle);
            Assert.NotEqual(StatusCode.OK, await client.CodeOfAsync(key.Csr(), new Ask()));
            Assert.Single(_home.Home.Store.Read("SELECT subject FROM journal WHERE kind = 5"));
        }
        finally
        {
            await mesh.CloseAsync();
        }
    }

    // Settings change, and certificates of before live on: their names are the set's, but not their cluster's any more.
    [Fact]
    public async Task A_certificate_renews_only_while_its_cluster_speaks_for_its_trust_domain()
    {
        using var key = WorkloadKey.P256();
        using var first = Mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), AskOfWest());
        await Mesh.CloseAsync();
        _home.Home.Set(
            ("Kubernetes:Clusters:1:TrustDomain", "north.example"),
            ("Authentication:Issuers:0:TrustDomain", "west.example")); // of the virtual machines
        var mesh = await _home.Home.StartAsync();
        try
        {
            using var client = mesh.Connect(key.Join(answer.Leaf), answer.Middle);
            var status = await client.RefusalOfAsync(key.Csr(), new Ask());
            Assert.Equal((StatusCode.PermissionDenied, "the identity belongs to another trust domain"), (status.StatusCode, status.Detail));
            using var watch = await BundleWatch.OpenAsync(
                client.Bundles, new(), new CallOptions(cancellationToken: TestContext.Current.CancellationToken));
            await using var messages = watch.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            var end = await Assert.ThrowsAsync<RpcException>(() => messages.MoveNextAsync().AsTask());
            Assert.Equal((StatusCode.PermissionDenied, "the identity belongs to another trust domain"), (end.StatusCode, end.Status.Detail));
        }
        finally
        {
            await mesh.CloseAsync();
        }
    }

    [Fact]
    public async Task A_stream_tells_the_roots_under_the_name_of_the_callers_trust_domain()
    {
        using var client = Mesh.Connect();
        var headers = new Metadata { { "authorization", $"Bearer {_home.Token(cluster: 1)}" }, { "clusterid", "cluster-1" } };
        using var watch = await BundleWatch.OpenAsync(
            client.Bundles, new(), new CallOptions(headers, cancellationToken: TestContext.Current.CancellationToken));
        await using var messages = watch.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await messages.MoveNextAsync());
        var bundle = messages.Current.Bundle;
        Assert.Equal("west.example", bundle.TrustDomain);
        Assert.Equal(
            Mesh.Part<IAuthoritySnapshots>().Current!.Roots.Select(root => root.ToArray()), bundle.X509Authorities.Select(root => root.ToByteArray()));
        await watch.AcknowledgeAsync(bundle, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            () => Mesh.Part<ConsumerRegistry>().Live().Any(consumer => consumer.Identity == West && consumer.Sequence == (long)bundle.Sequence), "the acknowledgement");
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("?trust_domain=cluster.local", HttpStatusCode.OK)]
    [InlineData("?trust_domain=west.example", HttpStatusCode.OK)]
    [InlineData("?trust_domain=elsewhere", HttpStatusCode.NotFound)]
    [InlineData("?trust_domain=West.example", HttpStatusCode.NotFound)]
    [InlineData("?trust_domain=", HttpStatusCode.NotFound)]
    [InlineData("?trust_domain", HttpStatusCode.NotFound)]
    [InlineData("?trust_domain=west.example&trust_domain=cluster.local", HttpStatusCode.NotFound)]
    public async Task The_bundle_is_handed_out_for_each_trust_domain_of_ours_and_for_no_other(string query, HttpStatusCode expected)
    {
        foreach (var path in (string[])["/bundle.pem", "/bundle.json"])
        {
            using var answer = await Mesh.Http.GetAsync(path + query, TestContext.Current.CancellationToken);
            Assert.Equal(expected, answer.StatusCode);
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(expected == HttpStatusCode.OK ? await Mesh.GetAsync(path) : "", body);
        }
    }

    [Fact]
    public async Task Leaves_and_pollers_of_the_other_trust_domain_hold_a_rotation_up_as_any()
    {
        using var key = WorkloadKey.P256();
        using var first = Mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), AskOfWest());
        var before = await MeasureAsync();
        Assert.Equal(1, before.LiveLeaves);
        Assert.Equal((West, LaggardKind.Holder), before.Laggards.Select(laggard => (laggard.Subject, laggard.Kind)).Single());

        using var poller = Mesh.ConnectRaw(key.Join(answer.Leaf), answer.Middle);
        using var one = await poller.SendAsync(Poll(tag: null), TestContext.Current.CancellationToken);
        using var two = await poller.SendAsync(Poll(one.Headers.ETag!.ToString()), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, two.StatusCode);
        Assert.Equal((West, LaggardKind.Consumer), (await MeasureAsync()).Laggards.Select(laggard => (laggard.Subject, laggard.Kind)).Single());
    }

    [Fact]
    public async Task A_ban_names_the_trust_domain_and_reaches_no_other()
    {
        using var channel = Mesh.ConnectAdmin();
        await new MeshCA.Wire.Admin.Revocations.RevocationsClient(channel).AddBanAsync(
            new AddBanRequest { SpiffeId = "spiffe://west.example", Prefix = true, Reason = "stolen" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(StatusCode.PermissionDenied, (await _home.RefusalOfAsync(AskOfWest())).StatusCode);
        Assert.Equal(Home, Verified(await _home.AskAsync(new Ask { Token = _home.Token() })));
    }

    [Fact]
    public async Task Administrators_see_certificates_by_trust_domain_and_what_the_authorities_vouch_for()
    {
        await _home.AskAsync(new Ask { Token = _home.Token() });
        await _home.AskAsync(AskOfWest());
        using var channel = Mesh.ConnectAdmin();
        var certificates = await new Certificates.CertificatesClient(channel).ListAsync(
            new ListCertificatesRequest { SpiffeIdPrefix = "spiffe://west.example" }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([West], certificates.Certificates.Select(certificate => certificate.SpiffeId));
        var authorities = await new MeshCA.Wire.Admin.Authorities.AuthoritiesClient(channel).ListAsync(
            new ListAuthoritiesRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["cluster.local", "west.example"], authorities.TrustDomains);

        using var key = WorkloadKey.P256();
        var explained = await new MeshCA.Wire.Admin.IssuancePolicies.IssuancePoliciesClient(channel).ExplainAsync(
            new ExplainRequest { Token = _home.Token(cluster: 1), ClusterId = "cluster-1", Csr = key.Csr() }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((true, West), (explained.WouldIssue, explained.Authentication.SpiffeId));
    }

    private Ask AskOfWest() => new() { Token = _home.Token(cluster: 1), Cluster = "cluster-1" };

    private async Task<MeshClient> EnrolWestAsync()
    {
        using var key = WorkloadKey.P256();
        using var first = Mesh.Connect();
        var answer = await first.AskAsync(key.Csr(), AskOfWest());
        return Mesh.Connect(key.Join(answer.Leaf), answer.Middle);
    }

    private async Task<FleetReport> MeasureAsync() =>
        await Mesh.Part<IFleetSource>().MeasureAsync(long.MaxValue, TestContext.Current.CancellationToken);

    private HttpRequestMessage Poll(string? tag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(MeshClient.ByName(Mesh.Address), "/bundle.json?trust_domain=west.example"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        return request;
    }

    // As a client does: the whole answer, by the roots in it and under the leaf's own name.
    private string Verified(CsrAnswer answer)
    {
        Assert.True(X509Svid.TryParsePem(string.Concat(answer.Elements.SkipLast(1)), out var svid, out _));
        Assert.True(X509Bundle.TryParsePem(svid.Id.TrustDomain, answer.Elements[^1], out var bundle, out _));
        Assert.Equal(X509SvidError.None, svid.Verify(bundle, _home.Home.Clock.GetUtcNow()));
        return svid.Id.ToString();
    }
}
