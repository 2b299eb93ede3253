using System.IO;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Agent.Files;
using MeshCA.Agent.Statuses;
using MeshCA.Agent.Trust;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Revoking;
using MeshCA.IntegrationTests.Running;
using MeshCA.Revocations;
using MeshCA.Wire.Envoy.Discovery.V3;
using MeshCA.Wire.Envoy.Secrets.V3;
using Spiffe.Wire.Workload;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>Bans at the agent, with the real service, over real sockets (issue 4 §4).</summary>
public sealed class AgentBanTests
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";
    private const string Refusal = "the identity is banned: ban 1: identity " + Cart;

    // Only so that a broken build fails instead of hanging: all that is waited for ends the wait.
    private const string Patience = "00:00:30";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ban_is_in_force_at_the_agent_when_the_command_ends_and_lifting_it_restores_all()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        using var agentHome = AgentHomeOf();
        await agentHome.PointToAsync(mesh);
        await using var agent = await StartAsync(agentHome, mesh);
        using var channel = AdminChannel.Open(agentHome.File("public/agent.sock"));
        var client = new SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel);
        using var svids = client.FetchX509SVID(new(), Header, cancellationToken: Token);
        await NextAsync(svids.ResponseStream);
        using var bundles = client.FetchX509Bundles(new(), Header, cancellationToken: Token);
        await NextAsync(bundles.ResponseStream);
        using var proxy = await ProxyAsync(channel);
        Assert.True(await proxy.ResponseStream.MoveNext(Token));
        var token = Assert.Single((await client.FetchJWTSVIDAsync(new() { Audience = { "a" } }, Header, cancellationToken: Token)).Svids).Svid;
        Assert.Equal(Cart, (await client.ValidateJWTSVIDAsync(new() { Audience = "a", Svid = token }, Header, cancellationToken: Token)).SpiffeId);

        var (code, text) = await home.RunAsync("ban", "add", Cart, "--reason", "stolen", "--wait", Patience);
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 1 of 1", text, StringComparison.Ordinal);

        // From here on nothing is given out.
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await StatusAsync(() => NextAsync(client.FetchX509SVID(new(), Header, cancellationToken: Token).ResponseStream))));
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await StatusAsync(async () => await FetchJwtAsync(client, ""))));
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await StatusAsync(async () => await FetchJwtAsync(client, Cart))));
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await StatusAsync(async () => await Secrets(channel).FetchSecretsAsync(Ask(), cancellationToken: Token))));
        Assert.Equal(
            (StatusCode.InvalidArgument, $"the token is not valid: its subject is banned, ban 1: identity {Cart}"),
            Pair(await StatusAsync(async () => await client.ValidateJWTSVIDAsync(new() { Audience = "a", Svid = token }, Header, cancellationToken: Token))));
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await EndAsync(svids.ResponseStream)));
        using var waiting = await ProxyAsync(channel);
        var secret = waiting.ResponseStream.MoveNext(Token);
        Assert.Equal("1: identity " + Cart, Read(agent).Entries[0].Ban);
        Assert.Equal((false, 1), (Read(agent).Ready, Read(agent).Bundle.Bans));
        await Eventually.TrueAsync(() => agent.Part<FilesWorker>().Statuses[0].Fault == Refusal, "the files' standing");
        var explained = await AgentAsync(agentHome, ExitCode.Refused, "agent", "explain", "--uid", "1", "--gid", "1");
        Assert.Equal(("BANNED", "1: identity " + Cart), ($"{explained["standing"]}", $"{explained["entries"]![0]!["ban"]}"));
        var status = await AgentAsync(agentHome, ExitCode.Unavailable, "agent", "status");
        Assert.Equal("1: identity " + Cart, $"{status["entries"]![0]!["ban"]}");
        Assert.False(secret.IsCompleted);
        using var more = client.FetchX509Bundles(new(), Header, cancellationToken: Token);
        await NextAsync(more.ResponseStream); // roots are nobody's secret

        (code, text) = await home.RunAsync("ban", "remove", "1", "--reason", "found", "--wait", Patience);
        Assert.True(code == ExitCode.Ok, text);
        Assert.Contains("in force at 1 of 1", text, StringComparison.Ordinal);
        await NextAsync(client.FetchX509SVID(new(), Header, cancellationToken: Token).ResponseStream);
        Assert.Single((await FetchJwtAsync(client, Cart)).Svids);
        Assert.Equal(Cart, (await client.ValidateJWTSVIDAsync(new() { Audience = "a", Svid = token }, Header, cancellationToken: Token)).SpiffeId);
        Assert.True(await secret);
        await Eventually.TrueAsync(() => Read(agent).Ready, "readiness");
        await AgentAsync(agentHome, ExitCode.Ok, "agent", "explain", "--uid", "1", "--gid", "1");
    }

    // The CA refuses the renewals, and the keeper asks again when the ban is lifted, however long its pause has grown.
    [Fact]
    public async Task A_banned_identity_that_ended_is_still_named_and_comes_back_without_a_restart()
    {
        using var home = new RevocationHome();
        await using var mesh = await home.StartAsync();
        using var agentHome = AgentHomeOf(("Agent:Lifetime", "00:00:03"), ("Agent:LongestRetry", "01:00:00"));
        await agentHome.PointToAsync(mesh);
        await using var agent = await StartAsync(agentHome, mesh);
        using var channel = AdminChannel.Open(agentHome.File("public/agent.sock"));
        var client = new SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel);
        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "add", "spiffe://cluster.local/ns/shop", "--prefix", "--reason", "stolen", "--wait", Patience)).Code);
        await agent.StateAsync(state => state.Svids.IsEmpty, "the end of the SVID");
        Assert.Equal(
            (StatusCode.PermissionDenied, "the identity is banned: ban 1: prefix spiffe://cluster.local/ns/shop"),
            Pair(await StatusAsync(() => NextAsync(client.FetchX509SVID(new(), Header, cancellationToken: Token).ResponseStream))));
        Assert.Equal((Cart, "1: prefix spiffe://cluster.local/ns/shop"), (Read(agent).Entries[0].SpiffeId, Read(agent).Entries[0].Ban));

        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "remove", "1", "--reason", "found", "--wait", Patience)).Code);
        await agent.StateAsync(state => state.Svids.Length == 1, "another SVID");
    }

    // Fail closed over a stream that is lost; and the CA is the judge where none ever came.
    [Fact]
    public async Task The_last_bans_stay_in_force_while_the_service_is_away()
    {
        using var home = new RevocationHome();
        var mesh = await home.StartAsync();
        using var agentHome = AgentHomeOf();
        await agentHome.PointToAsync(mesh);
        home.Home.Set(("Server:Port", $"{mesh.Address.Port}"));
        await using var agent = await StartAsync(agentHome, mesh);
        Assert.Equal(ExitCode.Ok, (await home.RunAsync("ban", "add", Cart, "--reason", "stolen", "--wait", Patience)).Code);
        await mesh.CloseAsync();
        await Eventually.TrueAsync(() => !agent.Part<BundleFollower>().Status.IsOpen, "the end of the stream");
        using var channel = AdminChannel.Open(agentHome.File("public/agent.sock"));
        var client = new SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel);
        Assert.Equal((StatusCode.PermissionDenied, Refusal), Pair(await StatusAsync(() => NextAsync(client.FetchX509SVID(new(), Header, cancellationToken: Token).ResponseStream))));

        await using var again = await home.StartAsync();
        await UntilInForceAsync(again);
        var (code, text) = await home.RunAsync("ban", "remove", "1", "--reason", "found", "--wait", Patience);
        Assert.True(code == ExitCode.Ok, text);
        await NextAsync(client.FetchX509SVID(new(), Header, cancellationToken: Token).ResponseStream);
    }

    private static AgentHome AgentHomeOf(params (string Key, string Value)[] settings)
    {
        var home = new AgentHome(settings);
        home.Set(
            ("Workloads:Socket", home.File("public/agent.sock")),
            ("Workloads:LongestWait", "00:00:00"),
            ("Agent:Files:0:Directory", home.File("out")));
        return home;
    }

    private static async Task<TestAgent> StartAsync(AgentHome home, TestMesh mesh)
    {
        var agent = await home.StartAsync();
        await agent.StateAsync(state => state is { Svids.Length: 1, Bundle: not null }, "an SVID and the bundle");
        await UntilInForceAsync(mesh);
        await Eventually.TrueAsync(() => agent.Part<FilesWorker>().Statuses[0].Serial is not null, "files");
        return agent;
    }

    private static Task UntilInForceAsync(TestMesh mesh) => Eventually.TrueAsync(
        () => mesh.Part<ConsumerRegistry>().Live() is [{ IsConnected: true } consumer] && consumer.Revocations >= mesh.Part<IRevocations>().Current.Revision,
        "the revocations in force at the agent");

    private static AgentStatus Read(TestAgent agent) => agent.Part<AgentStatusReader>().Read();

    private static (StatusCode, string) Pair(Status status) => (status.StatusCode, status.Detail);

    private static Task<Status> EndAsync<T>(IAsyncStreamReader<T> stream) => StatusAsync(async () =>
    {
        while (await stream.MoveNext(Token))
        {
            // What was on its way.
        }
    });

    private static async Task<JWTSVIDResponse> FetchJwtAsync(SpiffeWorkloadAPI.SpiffeWorkloadAPIClient client, string id) =>
        await client.FetchJWTSVIDAsync(new() { Audience = { "b" }, SpiffeId = id }, Header, cancellationToken: Token);

    private static SecretDiscoveryService.SecretDiscoveryServiceClient Secrets(ChannelBase channel) => new(channel);

    private static DiscoveryRequest Ask() =>
        new() { TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", ResourceNames = { "default" } };

    private static async Task<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> ProxyAsync(GrpcChannel channel)
    {
        var call = Secrets(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask(), Token);
        return call;
    }

    private static async Task<JsonNode> AgentAsync(AgentHome home, ExitCode expected, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, error);
        var code = await new AdminCommandLine(console, AdminVerbs.All(TimeProvider.System))
            .RunAsync([.. arguments, "--socket", home.File("admin/agent.sock"), "-o", "json"], Token);
        Assert.True(expected == (ExitCode)code, output + error.ToString());
        return JsonNode.Parse(output.ToString())!;
    }
}
