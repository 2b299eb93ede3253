using System.Text.Json;
using MeshCA.IntegrationTests.Agents.Peers;
using MeshCA.IntegrationTests.Federating;
using SpiffeIdentity;
using Xunit;
using static MeshCA.IntegrationTests.Agents.ShortLivedMesh;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>A workload with go-spiffe of Debian, in a process of its own, as client of the agent and as peer of our library.</summary>
[Trait("Category", "Long")]
public sealed class GoSpiffeTests
{
    private static readonly SpiffeIdMatcher Cart = SpiffeIdMatcher.Exactly(SpiffeId.Parse(IdOf("cart")));
    private static readonly SpiffeIdMatcher Web = SpiffeIdMatcher.Exactly(SpiffeId.Parse(IdOf("web")));

    [Fact]
    public async Task It_follows_renewals_and_both_roots_of_a_rotation_and_each_update_verifies()
    {
        await using var mesh = await StartAsync();
        await using var watch = WorkloadProcess.StartGo(SocketOf(await mesh.AgentAsync("cart")), "watch", "1000");
        var serials = new HashSet<string>();
        var roots = new List<int>();
        await UpdateAsync();
        await UpdateAsync(); // a renewal
        await mesh.BeginRotationAsync();
        while (!(roots is [.., 2, 1] && await mesh.PhaseAsync() == "completed"))
        {
            await UpdateAsync();
        }

        Assert.Equal([1, 2, 1], roots);
        Assert.True(serials.Count >= 4, $"{serials.Count} SVIDs");

        async Task UpdateAsync()
        {
            var update = await watch.NextAsync();
            Assert.True(update.TryGetProperty("serial", out var serial), update.GetRawText()); // else it is an error
            Assert.Equal(IdOf("cart"), update.GetProperty("id").GetString());
            serials.Add(serial.GetString()!);
            var count = update.GetProperty("bundles").GetProperty("cluster.local").GetInt32();
            if (roots.Count == 0 || roots[^1] != count)
            {
                roots.Add(count);
            }
        }
    }

    [Fact]
    public async Task It_gets_a_token_which_it_validates_by_the_bundle_and_the_agent_and_another_audience_is_refused()
    {
        await using var mesh = await StartAsync();
        var socket = SocketOf(await mesh.AgentAsync("cart"));
        var token = await OneAsync(socket, "jwt", "api");
        Assert.Equal(IdOf("cart"), token.GetProperty("id").GetString());
        Assert.Equal(["api"], token.GetProperty("audience").EnumerateArray().Select(audience => audience.GetString()));
        Assert.True(token.GetProperty("otherAudienceRefused").GetBoolean());

        Assert.NotEmpty((await OneAsync(socket, "jwtbundles")).GetProperty("bundles").GetProperty("cluster.local").EnumerateArray());
        Assert.Equal(1, (await OneAsync(socket, "x509bundles")).GetProperty("bundles").GetProperty("cluster.local").GetInt32());
    }

    [Fact]
    public async Task No_connection_with_our_library_fails_in_either_direction_while_leaves_and_root_change()
    {
        await using var mesh = await StartAsync();
        var (go, own) = (SocketOf(await mesh.AgentAsync("cart")), await mesh.AgentAsync("web"));
        await using var identity = await SourceOfAsync(own);
        await using var server = await EchoServer.StartAsync(identity, Cart);
        await using var goClient = WorkloadProcess.StartGo(go, "client", server.Address, IdOf("web"));
        await using var goServer = WorkloadProcess.StartGo(go, "server", IdOf("web"));
        var goAddress = (await goServer.NextAsync()).GetProperty("address").GetString()!;
        var faults = new List<string>();
        var shown = new HashSet<string>();
        var calls = 0;
        await mesh.WhileRotatingAsync(async () =>
        {
            var said = await goClient.AskAsync($"line {calls}");
            if (!said.TryGetProperty("peer", out var peer) || peer.GetString() != IdOf("web"))
            {
                faults.Add(said.GetRawText());
            }

            var call = await TlsCall.MakeAsync(identity, Cart, goAddress, $"line {calls}\n");
            shown.Add(call.Serial);
            if (call.Answer != $"line {calls}")
            {
                faults.Add(call.Fault ?? call.Answer);
            }

            calls++;
        });
        Assert.Empty(faults);
        Assert.True(calls > 5 && shown.Count >= 2, $"{calls} calls, {shown.Count} SVIDs of the Go server");
        TestContext.Current.SendDiagnosticMessage($"{calls} connections each way, {shown.Count} SVIDs of the Go server, no failure");
    }

    [Fact]
    public async Task Either_side_refuses_a_peer_with_another_id()
    {
        await using var mesh = await StartAsync();
        var (go, own) = (SocketOf(await mesh.AgentAsync("cart")), await mesh.AgentAsync("web"));
        await using var identity = await SourceOfAsync(own);
        await using var closed = await EchoServer.StartAsync(identity, Web); // lets in itself alone
        await using var open = await EchoServer.StartAsync(identity, Cart);

        await using var refused = WorkloadProcess.StartGo(go, "client", closed.Address, IdOf("web"));
        Assert.True((await refused.AskAsync("hello")).TryGetProperty("failed", out _));
        await using var refuses = WorkloadProcess.StartGo(go, "client", open.Address, IdOf("another"));
        Assert.Contains("unexpected ID", (await refuses.AskAsync("hello")).GetProperty("failed").GetString(), StringComparison.Ordinal);

        await using var goServer = WorkloadProcess.StartGo(go, "server", IdOf("another"));
        var address = (await goServer.NextAsync()).GetProperty("address").GetString()!;
        Assert.NotNull((await TlsCall.MakeAsync(identity, Cart, address, "hello\n")).Fault);
        Assert.Contains("unexpected ID", (await goServer.NextAsync()).GetProperty("refused").GetString(), StringComparison.Ordinal);
        await using var another = WorkloadProcess.StartGo(go, "server", IdOf("web"));
        address = (await another.NextAsync()).GetProperty("address").GetString()!;
        Assert.NotNull((await TlsCall.MakeAsync(identity, Web, address, "hello\n")).Fault);
        var seen = await another.NextAsync(); // in TLS 1.3 its handshake may be over before our client judges, and nothing is sent then
        Assert.True(seen.TryGetProperty("refused", out _) || seen.GetProperty("lines").GetInt32() == 0, seen.GetRawText());
    }

    [Fact]
    public async Task It_fetches_bundles_over_https_spiffe_of_its_own_and_of_a_federated_domain()
    {
        await using var one = await FederatedHome.StartAsync("one.org");
        await using var two = await FederatedHome.StartAsync("two.org");
        await two.AcceptInvitationAsync(one);
        using var home = new AgentHome(("Agent:TrustDomain", "two.org"));
        home.Set(("Workloads:Socket", home.File("public/agent.sock")));
        await home.PointToAsync(two.Mesh);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null, Federated.Count: 1 }, "both bundles");

        var bundles = (await OneAsync(SocketOf(agent), "x509bundles")).GetProperty("bundles");
        Assert.Equal((1, 1), (bundles.GetProperty("one.org").GetInt32(), bundles.GetProperty("two.org").GetInt32()));
        foreach (var side in (FederatedHome[])[one, two])
        {
            var fetched = await OneAsync(SocketOf(agent), "federation", side.Endpoint.ToString(), side.TrustDomain, side.EndpointId);
            Assert.Equal(
                (side.TrustDomain, 1, side.Published),
                (fetched.GetProperty("domain").GetString(), fetched.GetProperty("x509").GetInt32(), fetched.GetProperty("sequence").GetInt64()));
            Assert.True(fetched.GetProperty("jwt").GetInt32() > 0 && fetched.GetProperty("refreshHintSeconds").GetDouble() > 0);
        }

        var (said, code) = await WorkloadProcess.RunGoAsync(
            SocketOf(agent), "federation", one.Endpoint.ToString(), "one.org", "spiffe://one.org/another");
        Assert.True(code != 0 && said[^1].TryGetProperty("error", out _));
    }

    private static async Task<JsonElement> OneAsync(string socket, params string[] arguments)
    {
        var (said, code) = await WorkloadProcess.RunGoAsync(socket, arguments);
        Assert.True(code == 0, string.Join('\n', said));
        return Assert.Single(said);
    }
}
