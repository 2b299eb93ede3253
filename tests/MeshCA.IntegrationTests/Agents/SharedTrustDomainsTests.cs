using MeshCA.IntegrationTests.Clusters;
using MeshCA.IntegrationTests.Running;
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
        home.Set(("Workloads:Socket", home.File("public/agent.sock")));
        await home.PointToAsync(_home!.Mesh);
        home.Write("token", _home.Token(cluster: cluster));
        var agent = await home.StartAsync();
        _agents.Add(agent);
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID and the bundle");
        await Eventually.TrueAsync(() => agent.Part<MeshCA.Agent.Trust.BundleFollower>().Status.IsOpen, "the stream");
        return agent;
    }
}
