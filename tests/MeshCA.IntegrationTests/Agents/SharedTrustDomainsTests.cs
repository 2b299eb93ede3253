using System.IO;
using MeshCA.IntegrationTests.Clusters;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Envoy.Discovery.V3;
using MeshCA.Wire.Envoy.Secrets.V3;
using MeshCA.Wire.Envoy.Tls.V3;
using Spiffe.Wire.Workload;
using SpiffeIdentity;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>
/// Two clusters with trust domains of their own under one root (ADR 0010), an agent in each, and mutual TLS between their workloads by our
/// client library.
/// </summary>
public sealed class SharedTrustDomainsTests : IAsyncLifetime
{
    private const string Home = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string West = "spiffe://west.example/ns/shop/sa/cart";

    private static readonly TrustDomain HomeDomain = TrustDomain.Parse("cluster.local");
    private static readonly TrustDomain WestDomain = TrustDomain.Parse("west.example");

    private readonly List<TestAgent> _agents = [];
    private ClusterHome? _home;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
            agent.Home.Dispose();
        }

        await (_home?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Workloads_of_both_accept_each_other_where_the_service_shares_them()
    {
        var (home, west) = await StartAsync(isShared: true);
        await home.StateAsync(state => state.Federated.ContainsKey(WestDomain), "the roots under the other's name");
        Assert.Equal([HomeDomain], west.State.Federated.Keys);
        Assert.Equal(home.State.Bundle!.X509.ToPem(), home.State.Federated[WestDomain].X509.ToPem());
        Assert.NotEmpty(home.State.Federated[WestDomain].Jwt.Authorities);

        await using var one = await ShortLivedMesh.SourceOfAsync(home);
        await using var two = await ShortLivedMesh.SourceOfAsync(west);
        await using var server = await EchoServer.StartAsync(one, SpiffeIdMatcher.Exactly(SpiffeId.Parse(West)));
        var call = await TlsCall.MakeAsync(two, SpiffeIdMatcher.Exactly(SpiffeId.Parse(Home)), server.Address, "hello\n");
        Assert.Equal((null, "hello"), (call.Fault, call.Answer));
        await using var other = await EchoServer.StartAsync(two, SpiffeIdMatcher.Exactly(SpiffeId.Parse(Home)));
        call = await TlsCall.MakeAsync(one, SpiffeIdMatcher.Exactly(SpiffeId.Parse(West)), other.Address, "hello\n");
        Assert.Equal((null, "hello"), (call.Fault, call.Answer));

        // A name is still a name: roots alone let nobody in.
        call = await TlsCall.MakeAsync(two, SpiffeIdMatcher.Exactly(SpiffeId.Parse(West)), server.Address, "hello\n");
        Assert.NotNull(call.Fault);
    }

    [Fact]
    public async Task Workloads_of_both_refuse_each_other_where_it_does_not_and_an_agent_hears_that_it_ended()
    {
        var (home, west) = await StartAsync(isShared: false);
        Assert.Empty(home.State.Federated);
        await using (var one = await ShortLivedMesh.SourceOfAsync(home))
        await using (var two = await ShortLivedMesh.SourceOfAsync(west))
        {
            await using var server = await EchoServer.StartAsync(one, SpiffeIdMatcher.Any);
            Assert.NotNull((await TlsCall.MakeAsync(two, SpiffeIdMatcher.Any, server.Address, "hello\n")).Fault);
        }

        await RestartAsync("true");
        await home.StateAsync(state => state.Federated.ContainsKey(WestDomain), "the roots under the other's name");
        await RestartAsync("false");
        await home.StateAsync(state => state.Federated.IsEmpty, "the end of it");
        Assert.NotNull(home.State.Bundle);
    }

    // wire §3 (`ALL`), Workload API §5.2.2 and §6.2.2: each name with the roots that speak for it, and no longer than they do.
    [Fact]
    public async Task Proxies_and_clients_get_the_roots_under_both_names_and_lose_one_when_the_sharing_ends()
    {
        var (home, _) = await StartAsync(isShared: true);
        await home.StateAsync(state => state.Federated.ContainsKey(WestDomain), "the roots under the other's name");
        var roots = home.State.Bundle!.X509;
        using var channel = MeshCA.Admin.AdminChannel.Open(ShortLivedMesh.SocketOf(home));
        using var secrets = new SecretDiscoveryService.SecretDiscoveryServiceClient(channel).StreamSecrets(cancellationToken: Token);
        var client = new SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel);
        using var bundles = client.FetchX509Bundles(new(), WorkloadHome.Header, cancellationToken: Token);
        using var svids = client.FetchX509SVID(new(), WorkloadHome.Header, cancellationToken: Token);
        using var keys = client.FetchJWTBundles(new(), WorkloadHome.Header, cancellationToken: Token);

        await secrets.RequestStream.WriteAsync(new() { ResourceNames = { "ALL" } }, Token);
        var all = await WorkloadHome.NextAsync(secrets.ResponseStream);
        Assert.Equal(
            [("cluster.local", roots.ToPem()), ("west.example", roots.ToPem())],
            ValidatorOf(all).TrustDomains.Select(domain => (domain.Name, domain.TrustBundle.InlineBytes.ToStringUtf8())));
        var x509 = await WorkloadHome.NextAsync(bundles.ResponseStream);
        Assert.Equal(["spiffe://cluster.local", "spiffe://west.example"], x509.Bundles.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(x509.Bundles["spiffe://cluster.local"], x509.Bundles["spiffe://west.example"]);
        var svid = await WorkloadHome.NextAsync(svids.ResponseStream);
        Assert.Equal(["spiffe://west.example"], svid.FederatedBundles.Keys);
        Assert.Equal(svid.Svids[0].Bundle, svid.FederatedBundles["spiffe://west.example"]);
        var jwt = await WorkloadHome.NextAsync(keys.ResponseStream);
        Assert.Equal(jwt.Bundles["spiffe://cluster.local"], jwt.Bundles["spiffe://west.example"]);

        // A file has no names in it: the own roots, once.
        await Eventually.TrueAsync(() => File.Exists(home.Home.File("out/svid_bundle.pem")), "the files");
        Assert.Equal(roots.ToPem(), await File.ReadAllTextAsync(home.Home.File("out/svid_bundle.pem"), Token));

        await secrets.RequestStream.WriteAsync(new() { ResourceNames = { "ALL" }, VersionInfo = all.VersionInfo, ResponseNonce = all.Nonce }, Token);
        await RestartAsync("false");
        await home.StateAsync(state => state.Federated.IsEmpty, "the end of it");
        do
        {
            all = await WorkloadHome.NextAsync(secrets.ResponseStream);
            await secrets.RequestStream.WriteAsync(new() { ResourceNames = { "ALL" }, VersionInfo = all.VersionInfo, ResponseNonce = all.Nonce }, Token);
        }
        while (ValidatorOf(all).TrustDomains.Count > 1);

        Assert.Equal(["cluster.local"], ValidatorOf(all).TrustDomains.Select(domain => domain.Name));
        while (x509.Bundles.Count > 1)
        {
            x509 = await WorkloadHome.NextAsync(bundles.ResponseStream);
        }

        Assert.Equal(["spiffe://cluster.local"], x509.Bundles.Keys);
        while (svid.FederatedBundles.Count > 0)
        {
            svid = await WorkloadHome.NextAsync(svids.ResponseStream);
        }

        Assert.Single(svid.Svids);
    }

    private static SPIFFECertValidatorConfig ValidatorOf(DiscoveryResponse response) => SPIFFECertValidatorConfig.Parser.ParseFrom(
        Secret.Parser.ParseFrom(Assert.Single(response.Resources).Value).ValidationContext.CustomValidatorConfig.TypedConfig.Value);

    private async Task RestartAsync(string isShared)
    {
        _home!.Home.Set(("Mesh:ShareTrustDomains", isShared));
        await _home.RestartAsync();
    }

    private async Task<(TestAgent Home, TestAgent West)> StartAsync(bool isShared)
    {
        _home = await ClusterHome.StartAsync(
            2,
            ("Kubernetes:Clusters:1:TrustDomain", "west.example"),
            ("Mesh:ShareTrustDomains", isShared ? "true" : "false"),
            ("Server:Port", Proxies.ProxyProcess.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return (await AgentAsync(0), await AgentAsync(1));
    }

    private async Task<TestAgent> AgentAsync(int cluster)
    {
        var home = new AgentHome(
            ("Agent:TrustDomain", cluster == 0 ? "cluster.local" : "west.example"),
            ("Agent:ClusterId", cluster == 0 ? "Kubernetes" : "cluster-1"));
        home.Set(("Workloads:Socket", home.File("public/agent.sock")), ("Agent:Files:0:Directory", home.File("out")), ("Agent:Files:0:Layout", "Spiffe"));
        await home.PointToAsync(_home!.Mesh);
        home.Write("token", _home.Token(cluster: cluster));
        var agent = await home.StartAsync();
        _agents.Add(agent);
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID and the bundle");
        await Eventually.TrueAsync(() => agent.Part<MeshCA.Agent.Trust.BundleFollower>().Status.IsOpen, "the stream");
        return agent;
    }
}
