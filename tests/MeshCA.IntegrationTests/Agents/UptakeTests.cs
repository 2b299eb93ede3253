using System.IO;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Uptake;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Envoy.Discovery.V3;
using MeshCA.Wire.Envoy.Secrets.V3;
using MeshCA.Wire.Workload;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.WorkloadApi;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The acknowledgement of a trust bundle by those who verify by it, over real sockets (issue 6 §2).</summary>
public sealed class UptakeTests
{
    private const string TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_service_hears_of_a_bundle_when_the_proxy_behind_the_agent_has_taken_it()
    {
        await using var mesh = await ShortLivedMesh.StartAsync();
        var agent = await mesh.AgentAsync("cart");
        using var channel = AdminChannel.Open(ShortLivedMesh.SocketOf(agent));
        using var proxy = await ProxyAsync(channel, "ROOTCA");
        await Answer(proxy, "ROOTCA");
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent), "the first acknowledgement");

        await mesh.BeginRotationAsync();
        var both = await agent.StateAsync(state => state.Bundle!.X509.Authorities.Count == 2, "both roots");
        Assert.True(await proxy.ResponseStream.MoveNext(Token));
        Assert.True(Sequence(mesh) < (long)both.Bundle!.Sequence!.Value);
        Assert.Equal("distributing", await mesh.PhaseAsync());

        await Answer(proxy, "ROOTCA");
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent), "the second acknowledgement");
    }

    [Fact]
    public async Task A_proxy_that_refuses_the_roots_holds_the_rotation_and_is_named_where_the_order_is_refused()
    {
        await using var mesh = await ShortLivedMesh.StartAsync();
        var agent = await mesh.AgentAsync("cart");
        using var channel = AdminChannel.Open(ShortLivedMesh.SocketOf(agent));
        using var proxy = await ProxyAsync(channel, "ROOTCA");
        await Answer(proxy, "ROOTCA");
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent), "the first acknowledgement");
        await mesh.BeginRotationAsync();
        Assert.True(await proxy.ResponseStream.MoveNext(Token));
        await Answer(proxy, "ROOTCA", error: "no such curve\u001b[2J");

        using var admin = mesh.Mesh.ConnectAdmin();
        var consumers = new MeshCA.Wire.Admin.Consumers.ConsumersClient(admin);
        await Eventually.TrueAsync(
            async () => (await consumers.ListAsync(new())).Consumers.Any(consumer => consumer.Behind == 1), "the agent's word");
        var listed = Assert.Single((await consumers.ListAsync(new())).Consumers, consumer => consumer.Behind > 0);
        Assert.Contains("sidecar~10.0.0.1~web.shop", Assert.Single(listed.BehindExamples), StringComparison.Ordinal);
        Assert.True(listed.Sequence < Served(agent));

        var orders = new MeshCA.Wire.Admin.Authorities.AuthoritiesClient(admin);
        var order = await orders.ActivateAsync(new StepRequest { Reason = "test" }, cancellationToken: Token);
        Assert.Contains(order.Refusal!.Unmet, condition => condition.Kind == "consumers");
        var laggard = Assert.Single(order.Rotation.Fleet.Laggards, laggard => laggard.Reason.Length > 0);
        Assert.Equal(ShortLivedMesh.IdOf("cart"), laggard.Subject);
        Assert.Contains("refuses the bundle: no such curve?[2J", laggard.Reason, StringComparison.Ordinal);

        // The proxy goes, and with it what held the rotation.
        proxy.Dispose();
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent), "the acknowledgement");
    }

    [Fact]
    public async Task Our_client_says_what_it_uses_and_one_that_cannot_is_not_waited_for()
    {
        await using var mesh = await ShortLivedMesh.StartAsync();
        var agent = await mesh.AgentAsync("cart");
        await using var source = await ShortLivedMesh.SourceOfAsync(agent);
        using var channel = AdminChannel.Open(ShortLivedMesh.SocketOf(agent));
        using var stock = new Spiffe.Wire.Workload.SpiffeWorkloadAPI.SpiffeWorkloadAPIClient(channel).FetchX509SVID(new(), Header, cancellationToken: Token);
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent) && Members(agent) == 1, "the first acknowledgement");

        await mesh.BeginRotationAsync();
        await agent.StateAsync(state => state.Bundle!.X509.Authorities.Count == 2, "both roots");
        await Eventually.TrueAsync(() => Sequence(mesh) == Served(agent), "the second acknowledgement");
        Assert.True(source.Bundles.TryGet(agent.State.Bundle!.TrustDomain, out var bundle));
        Assert.Equal(agent.State.Bundle.X509.Digest, bundle.X509.Digest);
    }

    [Fact]
    public async Task A_stuck_proxy_is_ended_once_its_time_is_over_and_then_holds_nothing_however_often_it_comes_back()
    {
        await using var home = await new WorkloadHome(("Workloads:AcknowledgeWithin", "00:00:01")).Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var stuck = await ProxyAsync(channel, "ALL");
        await InUseAsync(home); // nothing changed yet: it is left alone
        using var other = new SampleIdentities();
        Serve(home, other.Bundle, 2);

        var end = await StatusAsync(async () => { while (await stuck.ResponseStream.MoveNext(Token)) { } });
        Assert.Equal((StatusCode.Unavailable, "the trust bundle was not acknowledged in time"), (end.StatusCode, end.Detail));
        await InUseAsync(home);
        Assert.Contains(
            "meshca_agent_workload_refusals_total{reason=\"NotAcknowledged\"} 1", await home.Agent.Http.GetStringAsync("/metrics", Token), StringComparison.Ordinal);

        using var again = await ProxyAsync(channel, "ALL");
        Serve(home, home.Own.Bundle, 3);
        await InUseAsync(home);
        Assert.Equal(1, home.Agent.Part<WorkloadUptake>().Count(UptakeStanding.Ignored));
        await Answer(again, "ALL");
        Assert.True(await again.ResponseStream.MoveNext(Token));
        await Answer(again, "ALL");
        await Eventually.TrueAsync(() => home.Agent.Part<WorkloadUptake>().Count(UptakeStanding.Ignored) == 0, "its first answer");
    }

    [Theory]
    [InlineData("default")]
    [InlineData("spiffe://other.example")]
    public async Task A_stream_that_does_not_ask_for_the_own_roots_is_not_waited_for(string name)
    {
        using var foreign = new SampleIdentities("other.example");
        await using var home = await new WorkloadHome().Hold().StartAsync();
        home.Federate(foreign.Bundle);
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var proxy = await ProxyAsync(channel, name);
        using var other = new SampleIdentities();
        Serve(home, other.Bundle, 2);

        await InUseAsync(home);
        Assert.Empty(home.Agent.Part<WorkloadUptake>().Lacking(10));
    }

    [Theory]
    [InlineData("spiffe://cluster.local")]
    [InlineData("ALL")]
    [InlineData("ROOTCA")]
    public async Task What_changes_beside_the_roots_holds_nothing_up(string name)
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var proxy = await ProxyAsync(channel, name);
        await Answer(proxy, name);
        await Eventually.TrueAsync(() => home.Agent.Part<WorkloadUptake>().Lacking(10).IsEmpty, "its answer");
        using var foreign = new SampleIdentities("other.example");
        home.Federate(foreign.Bundle);
        home.States.Publish(state => state with { RevocationLists = [new byte[10]] });

        await InUseAsync(home);
        Assert.Empty(home.Agent.Part<WorkloadUptake>().Lacking(10));
    }

    [Fact]
    public async Task A_callers_digest_that_is_none_of_the_agents_proves_nothing_and_its_fault_is_shown_as_it_is_meant()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var call = Client(channel).Follow(Header, cancellationToken: Token);
        var awaited = await NextAsync(call.ResponseStream);
        Assert.Equal("cluster.local", awaited.TrustDomain);
        Assert.Equal(home.Own.Bundle.X509.Digest.Value.ToArray(), awaited.X509Digest.ToByteArray());
        for (var i = 0; i < 1_000; i++)
        {
            await call.RequestStream.WriteAsync(new() { X509Digest = ByteString.CopyFrom(new byte[X509BundleDigest.Length]) }, Token);
        }

        await call.RequestStream.WriteAsync(new() { Fault = "\u001b[2J no such curve" }, Token);
        await Eventually.TrueAsync(() => home.Agent.Part<WorkloadUptake>().Count(UptakeStanding.Refused) == 1, "the refusal");
        Assert.False(home.Agent.Part<WorkloadUptake>().Look().State.IsInUse);
        var status = await StatusOfAsync(home);
        var row = Assert.Single(status["behind"]!.AsArray())!;
        Assert.Equal(("workload_api", "refused", "web"), ((string?)row["kind"], (string?)row["standing"], (string?)row["entries"]));
        Assert.Equal((Environment.ProcessId, "?[2J no such curve"), ((int)row["process_id"]!, (string?)row["reason"]));
        Assert.Contains(
            "meshca_agent_workloads_behind{standing=\"refused\"} 1", await home.Agent.Http.GetStringAsync("/metrics", Token), StringComparison.Ordinal);

        await call.RequestStream.WriteAsync(new() { X509Digest = awaited.X509Digest }, Token);
        await InUseAsync(home);
        Assert.Empty((await StatusOfAsync(home))["behind"]!.AsArray());
    }

    [Theory]
    [InlineData(31, 0, StatusCode.InvalidArgument)]
    [InlineData(33, 0, StatusCode.InvalidArgument)]
    [InlineData(0, 513, StatusCode.InvalidArgument)]
    [InlineData(10_000, 0, StatusCode.ResourceExhausted)]
    public async Task Words_that_cannot_be_read_end_their_stream_alone(int digest, int fault, StatusCode status)
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var call = Client(channel).Follow(Header, cancellationToken: Token);
        var awaited = await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(new() { X509Digest = ByteString.CopyFrom(new byte[digest]), Fault = new string('x', fault) }, Token);
        Assert.Equal(status, (await StatusAsync(() => NextAsync(call.ResponseStream))).StatusCode);

        using var good = Client(channel).Follow(Header, cancellationToken: Token);
        Assert.Equal(awaited, await NextAsync(good.ResponseStream));
    }

    [Fact]
    public async Task Without_an_entry_nothing_is_told_and_nobody_waits_for_the_caller()
    {
        await using var home = new WorkloadHome(("Workloads:BundlesForEverybody", "true"))
        {
            Entries = [SampleIdentities.Entry("web", Web, new Selector.UserId(UserId + 1))],
        };
        await home.Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var call = Client(channel).Follow(Header, cancellationToken: Token);
        await NextAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(new() { Fault = "never" }, Token);
        using var other = new SampleIdentities();
        Serve(home, other.Bundle, 2);
        await NextAsync(call.ResponseStream);

        await InUseAsync(home);
    }

    [Fact]
    public async Task A_client_that_is_done_ends_the_stream_well_and_a_silent_one_is_ended()
    {
        await using var home = await new WorkloadHome(("Workloads:AcknowledgeWithin", "00:00:01")).Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var done = Client(channel).Follow(Header, cancellationToken: Token);
        await NextAsync(done.ResponseStream);
        await done.RequestStream.CompleteAsync();
        Assert.False(await done.ResponseStream.MoveNext(Token));

        using var silent = Client(channel).Follow(Header, cancellationToken: Token);
        await NextAsync(silent.ResponseStream);
        using var other = new SampleIdentities();
        Serve(home, other.Bundle, 2);
        var end = await StatusAsync(async () => { while (await silent.ResponseStream.MoveNext(Token)) { } });
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
    }

    [Fact]
    public async Task The_status_verb_names_who_is_waited_for()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Serve(home, home.Own.Bundle, 1);
        using var channel = home.Connect();
        using var proxy = await ProxyAsync(channel, "ROOTCA");
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, error);
        await new AdminCommandLine(console, AdminVerbs.All(TimeProvider.System)).RunAsync(["agent", "status", "--socket", home.AdminSocket], Token);

        Assert.Contains("lacks the", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("awaited", output.ToString(), StringComparison.Ordinal);
    }

    private static BundleAcknowledgements.BundleAcknowledgementsClient Client(ChannelBase channel) => new(channel);

    private static void Serve(WorkloadHome home, TrustBundle bundle, ulong sequence) =>
        home.States.Publish(state => state with { Bundle = bundle with { Sequence = sequence } });

    // Judged against the state that is served now.
    private static Task InUseAsync(WorkloadHome home) => Eventually.TrueAsync(
        () => home.Agent.Part<WorkloadUptake>().Look().State is { IsInUse: true } uptake && uptake.Revision == home.States.Current.Revision,
        "the bundle in use");

    private static async Task<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> ProxyAsync(ChannelBase channel, string name)
    {
        var call = new SecretDiscoveryService.SecretDiscoveryServiceClient(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(
            new() { TypeUrl = TypeUrl, ResourceNames = { name }, Node = new() { Id = "sidecar~10.0.0.1~web.shop" } }, Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        return call;
    }

    private static Task Answer(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call, string name, string? error = null)
    {
        var request = new DiscoveryRequest { TypeUrl = TypeUrl, ResourceNames = { name }, ResponseNonce = call.ResponseStream.Current.Nonce };
        if (error is null)
        {
            request.VersionInfo = call.ResponseStream.Current.VersionInfo;
        }
        else
        {
            request.ErrorDetail = new() { Code = 13, Message = error };
        }

        return call.RequestStream.WriteAsync(request, Token);
    }

    private static async Task<JsonNode> StatusOfAsync(WorkloadHome home)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, error);
        await new AdminCommandLine(console, AdminVerbs.All(TimeProvider.System))
            .RunAsync(["agent", "status", "--socket", home.AdminSocket, "-o", "json"], Token);
        return JsonNode.Parse(output.ToString())!;
    }

    private static int Members(TestAgent agent) => Enum.GetValues<UptakeStanding>().Sum(agent.Part<WorkloadUptake>().Count);

    private static long Served(TestAgent agent) => (long)(agent.State.Bundle!.Sequence ?? 0);

    private static long Sequence(ShortLivedMesh mesh) =>
        mesh.Mesh.Part<ConsumerRegistry>().Live().Where(consumer => consumer.IsConnected).Select(consumer => consumer.Sequence).SingleOrDefault();
}
