using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Health.V1;
using MeshCA.Agent.Registration;
using MeshCA.Wire.Envoy.Discovery.V3;
using MeshCA.Wire.Envoy.Secrets.V3;
using MeshCA.Wire.Envoy.Tls.V3;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>SDS as Envoy speaks it, over a real Unix socket (wire §3, istio-ca §6.4).</summary>
public sealed class SecretDiscoveryTests
{
    private const string TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_gets_its_secret_and_each_new_one_after_it_took_the_last()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask("default"), Token);
        var first = await NextAsync(call.ResponseStream);
        var secret = Secret.Parser.ParseFrom(Assert.Single(first.Resources).Value);
        Assert.Equal(("default", TypeUrl, TypeUrl), (secret.Name, first.TypeUrl, first.Resources[0].TypeUrl));

        home.Hold();
        home.Hold();
        await call.RequestStream.WriteAsync(Answer(first, "default"), Token);
        var second = await NextAsync(call.ResponseStream);
        Assert.NotEqual(first.VersionInfo, second.VersionInfo);
        Assert.NotEqual(first.Nonce, second.Nonce);
        using var key = ECDsa.Create();
        key.ImportFromPem(Secret.Parser.ParseFrom(second.Resources[0].Value).TlsCertificate.PrivateKey.InlineBytes.ToStringUtf8());
        Assert.Equal(home.States.Current.Svids[0].Svid.SubjectPublicKeyInfo.ToArray(), key.ExportSubjectPublicKeyInfo());
        await call.RequestStream.WriteAsync(Answer(second, "default"), Token);

        // The client has no more to say: the one end with OK.
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Answers_that_never_come_do_not_keep_the_next_secret_back_for_ever()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var home = new WorkloadHome { Clock = clock };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask("default"), Token);
        var first = await NextAsync(call.ResponseStream);
        home.Hold();
        var next = NextAsync(call.ResponseStream);
        while (!next.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(next, Task.Delay(10, Token));
        }

        Assert.NotEqual(first.VersionInfo, (await next).VersionInfo);
    }

    [Fact]
    public async Task A_secret_that_was_not_taken_is_counted_and_the_stream_goes_on()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask("ROOTCA"), Token);
        var first = await NextAsync(call.ResponseStream);
        var refused = Answer(first, "ROOTCA");
        (refused.VersionInfo, refused.ErrorDetail) = ("", new() { Code = 13, Message = "no\u001b[31m" });
        await call.RequestStream.WriteAsync(refused, Token);
        using var other = new SampleIdentities();
        home.States.Publish(state => state with { Bundle = other.Bundle });

        Assert.NotEqual(first.VersionInfo, (await NextAsync(call.ResponseStream)).VersionInfo);
        Assert.Contains("meshca_agent_secrets_not_accepted_total 1", await home.Agent.Http.GetStringAsync("/metrics", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_stream_waits_for_does_not_take_and_is_refused_stands_in_the_log_without_its_control_characters()
    {
        using var log = new RecordingLogger();
        await using var home = new WorkloadHome { Log = log };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        var ask = Ask("ROOTCA", "spiffe://other.example");
        ask.Node.Id = "proxy\u001b[2J";
        await call.RequestStream.WriteAsync(ask, Token);
        var first = await NextAsync(call.ResponseStream);
        var refused = Answer(first, "ROOTCA", "spiffe://other.example");
        (refused.VersionInfo, refused.ErrorDetail) = ("", new() { Code = 13, Message = "no\u001b[31m" });
        await call.RequestStream.WriteAsync(refused, Token);
        await call.RequestStream.WriteAsync(Answer(first, "kubernetes://\u001b"), Token);
        Assert.Equal(StatusCode.PermissionDenied, (await StatusAsync(() => NextAsync(call.ResponseStream))).StatusCode);

        var told = log.Entries.Where(entry => entry.EventId is >= 9454 and <= 9456).ToList();
        Assert.Equal([9456, 9454, 9455], told.Select(entry => entry.EventId));
        Assert.All(told, entry => Assert.Contains("(proxy", entry.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(told, entry => entry.Message.Contains('\u001b', StringComparison.Ordinal));
        Assert.Contains("meshca_agent_workload_refusals_total{reason=\"SecretNotEntitled\"} 1", await home.Agent.Http.GetStringAsync("/metrics", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_opens_a_stream_and_asks_for_nothing_is_ended_after_its_time()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var home = new WorkloadHome { Clock = clock };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await home.UntilOpenAsync(1);
        var end = StatusAsync(() => NextAsync(call.ResponseStream));
        while (!end.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(end, Task.Delay(10, Token));
        }

        Assert.Equal(StatusCode.DeadlineExceeded, (await end).StatusCode);
        await home.UntilOpenAsync(0);
    }

    [Fact]
    public async Task Fetching_takes_a_place_as_a_stream_does()
    {
        await using var home = await new WorkloadHome(("Workloads:MaxStreamsPerProcess", "1")).Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await home.UntilOpenAsync(1);
        using var second = home.Connect(); // by one connection no more streams than those of a process are opened
        var status = await StatusAsync(async () => await Client(second).FetchSecretsAsync(Ask("default"), cancellationToken: Token));
        Assert.Equal(StatusCode.ResourceExhausted, status.StatusCode);
    }

    [Fact]
    public async Task Fetching_what_is_not_there_yet_is_told_to_come_again()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        var status = await StatusAsync(async () => await Client(channel).FetchSecretsAsync(Ask("spiffe://other.example"), cancellationToken: Token));
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
    }

    [Fact]
    public async Task Before_the_first_svid_a_stream_is_silent_and_then_answered()
    {
        await using var home = await new WorkloadHome().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask("default", "ROOTCA"), Token);
        await home.UntilOpenAsync(1);
        home.Hold();
        var names = new[] { await NextAsync(call.ResponseStream), await NextAsync(call.ResponseStream) }
            .Select(response => Secret.Parser.ParseFrom(response.Resources[0].Value).Name);

        Assert.Equal(["default", "ROOTCA"], names);
    }

    [Theory]
    [InlineData("kubernetes://web-cert")]
    [InlineData("file-root:/etc/shadow")]
    [InlineData(Cart)]
    public async Task What_is_not_the_callers_ends_the_stream(string name)
    {
        await using var home = new WorkloadHome
        {
            Entries = [SampleIdentities.Entry("web", Web), SampleIdentities.Entry("cart", Cart, new Selector.UserId(UserId + 1))],
        };
        await home.Hold().StartAsync();
        using var channel = home.Connect();
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Ask("default", name), Token);
        var status = await StatusAsync(() => NextAsync(call.ResponseStream));

        Assert.Equal(StatusCode.PermissionDenied, status.StatusCode);
        Assert.Contains(name, status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetching_gives_all_secrets_named_at_once_and_the_delta_form_is_not_there()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        var fetched = await Client(channel).FetchSecretsAsync(Ask("default", "ROOTCA", "ALL", Web, "spiffe://cluster.local"), cancellationToken: Token);
        Assert.Equal(
            ["default", "ROOTCA", "ALL", Web, "spiffe://cluster.local"],
            fetched.Resources.Select(resource => Secret.Parser.ParseFrom(resource.Value).Name));
        Assert.Equal(
            StatusCode.InvalidArgument, (await StatusAsync(async () => await Client(channel).FetchSecretsAsync(Ask(), cancellationToken: Token))).StatusCode);
        Assert.Equal(
            StatusCode.PermissionDenied,
            (await StatusAsync(async () => await Client(channel).FetchSecretsAsync(Ask(Cart), cancellationToken: Token))).StatusCode);

        var delta = new Method<DiscoveryRequest, DiscoveryResponse>(
            MethodType.DuplexStreaming,
            "envoy.service.secret.v3.SecretDiscoveryService",
            "DeltaSecrets",
            Marshallers.Create(_ => Array.Empty<byte>(), DiscoveryRequest.Parser.ParseFrom),
            Marshallers.Create(_ => Array.Empty<byte>(), DiscoveryResponse.Parser.ParseFrom));
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(delta, null, new CallOptions(cancellationToken: Token));
        Assert.Equal(StatusCode.Unimplemented, (await StatusAsync(() => NextAsync(call.ResponseStream))).StatusCode);
    }

    [Theory]
    [InlineData("another type", StatusCode.InvalidArgument)]
    [InlineData("a name that is too long", StatusCode.InvalidArgument)]
    [InlineData("too many names", StatusCode.InvalidArgument)]
    [InlineData("a node that is too large", StatusCode.ResourceExhausted)]
    [InlineData("a name that acts on terminals", StatusCode.PermissionDenied)]
    public async Task Hostile_requests_end_their_stream_alone(string what, StatusCode status)
    {
        var request = Ask();
        switch (what)
        {
            case "another type":
                request.TypeUrl = "type.googleapis.com/envoy.config.listener.v3.Listener";
                break;
            case "a name that is too long":
                request.ResourceNames.Add(new string('x', 2_049));
                break;
            case "too many names":
                request.ResourceNames.Add(Enumerable.Range(0, 129).Select(i => $"{i}"));
                break;
            case "a node that is too large":
                request.Node.Id = new string('x', 300_000);
                break;
            default:
                request.ResourceNames.Add("\u001b[2J\n");
                break;
        }

        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        using var good = Client(channel).StreamSecrets(cancellationToken: Token);
        await good.RequestStream.WriteAsync(Ask("default"), Token);
        var first = await NextAsync(good.ResponseStream);
        using var call = Client(channel).StreamSecrets(cancellationToken: Token);

        // A write that the server does not take to its end only says so; why, the response says.
        _ = await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(request, Token));
        var end = await StatusAsync(() => NextAsync(call.ResponseStream));
        Assert.Equal(status, end.StatusCode);
        Assert.DoesNotContain('\u001b', end.Detail);

        home.Hold();
        await good.RequestStream.WriteAsync(Answer(first, "default"), Token);
        await NextAsync(good.ResponseStream);
    }

    [Fact]
    public async Task Bytes_that_are_no_request_end_their_stream_alone()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var channel = home.Connect();
        var raw = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming,
            "envoy.service.secret.v3.SecretDiscoveryService",
            "StreamSecrets",
            Marshallers.Create(bytes => bytes, bytes => bytes),
            Marshallers.Create(bytes => bytes, bytes => bytes));
        foreach (var length in new[] { 1, 7, 100, 60_000 })
        {
            using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(raw, null, new CallOptions(cancellationToken: Token));
            var bytes = RandomNumberGenerator.GetBytes(length);
            bytes[0] = 0xFF; // no field has this tag
            await call.RequestStream.WriteAsync(bytes, Token);
            Assert.Equal(StatusCode.Internal, (await StatusAsync(() => NextAsync(call.ResponseStream))).StatusCode);
        }

        await home.UntilOpenAsync(0);
    }

    [Fact]
    public async Task Streams_that_never_read_hold_one_message_and_others_are_served()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        using var lazy = home.Connect();
        var calls = Enumerable.Range(0, 100).Select(_ => Client(lazy).StreamSecrets(cancellationToken: Token)).ToList();
        foreach (var call in calls)
        {
            await call.RequestStream.WriteAsync(Ask("default"), Token);
        }

        await home.UntilOpenAsync(100);
        using var channel = home.Connect();
        using var reader = Client(channel).StreamSecrets(cancellationToken: Token);
        await reader.RequestStream.WriteAsync(Ask("default"), Token);
        var last = await NextAsync(reader.ResponseStream);
        for (var i = 0; i < 20; i++)
        {
            home.Hold();
            await reader.RequestStream.WriteAsync(Answer(last, "default"), Token);
            last = await NextAsync(reader.ResponseStream);
        }

        // Each of the others got what was there when it asked, and no more: it answered nothing.
        Assert.InRange(await SentAsync(home), 121, 121 + 100);
        calls.ForEach(call => call.Dispose());
    }

    [Fact]
    public async Task Health_and_reflection_are_on_the_same_socket_and_need_no_security_header()
    {
        await using var home = await new WorkloadHome().StartAsync();
        using var channel = home.Connect();
        var health = new Health.HealthClient(channel);
        using var watch = health.Watch(new() { Service = "SpiffeWorkloadAPI" }, cancellationToken: Token);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await NextAsync(watch.ResponseStream)).Status);
        home.Hold();
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await NextAsync(watch.ResponseStream)).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new(), cancellationToken: Token)).Status);
        Assert.Equal(StatusCode.NotFound, (await StatusAsync(async () => await health.CheckAsync(new() { Service = "x" }, cancellationToken: Token))).StatusCode);

        using var reflection = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Token);
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" }, Token);
        Assert.Contains("SpiffeWorkloadAPI", (await NextAsync(reflection.ResponseStream)).ListServicesResponse.Service.Select(service => service.Name));
        await reflection.RequestStream.WriteAsync(new() { FileContainingSymbol = "SpiffeWorkloadAPI.ValidateJWTSVID" }, Token);
        Assert.Equal(
            ["spiffe/workload.proto", "google/protobuf/struct.proto"],
            (await NextAsync(reflection.ResponseStream)).FileDescriptorResponse.FileDescriptorProto
                .Select(file => Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(file).Name));
    }

    private static async Task<int> SentAsync(WorkloadHome home)
    {
        var metrics = await home.Agent.Http.GetStringAsync("/metrics", Token);
        var line = metrics.Split('\n').Single(line => line.StartsWith("meshca_agent_workload_messages_total{stream=\"secrets\"}", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static DiscoveryRequest Ask(params string[] names) => new() { TypeUrl = TypeUrl, ResourceNames = { names }, Node = new() { Id = "sidecar~10.0.0.1~web.shop~shop.svc" } };

    private static DiscoveryRequest Answer(DiscoveryResponse response, params string[] names) => new()
    {
        TypeUrl = TypeUrl,
        ResourceNames = { names },
        VersionInfo = response.VersionInfo,
        ResponseNonce = response.Nonce,
    };

    private static SecretDiscoveryService.SecretDiscoveryServiceClient Client(ChannelBase channel) => new(channel);
}
