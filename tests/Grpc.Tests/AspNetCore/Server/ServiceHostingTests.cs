using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>How services are mapped, made and limited.</summary>
public sealed class ServiceHostingTests
{
    [Fact]
    public async Task Mapping_without_AddGrpc_says_what_to_call()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        var exception = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<InteropTestService>());
        Assert.Contains("AddGrpc", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mapping_a_class_without_a_generated_base_is_refused()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddGrpc();
        await using var app = builder.Build();

        Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<ServiceHostingTests>());
    }

    [Fact]
    public async Task One_service_may_have_limits_of_its_own()
    {
        await using var host = await GrpcHost.StartAsync(
            grpc: options => options.MaxSendMessageSize = 4,
            services: services => services.AddGrpc().AddServiceOptions<ProberService>(options => options.MaxReceiveMessageSize = 4));
        var channel = host.Channel();
        var five = new SimpleRequest { ResponseStatus = new EchoStatus { Message = "1" } };
        Assert.Equal(5, five.CalculateSize());

        var own = await Assert.ThrowsAsync<RpcException>(async () => await new Prober.ProberClient(channel).CallAsync(five));
        var other = await new TestService.TestServiceClient(channel).UnaryCallAsync(five);
        host.Journal.Handler = (_, _) => Task.FromResult(new SimpleResponse { Username = "abc" });
        var inherited = await Assert.ThrowsAsync<RpcException>(async () => await new Prober.ProberClient(channel).CallAsync(new()));

        Assert.Equal(StatusCode.ResourceExhausted, own.StatusCode);
        Assert.Equal(2, other.CalculateSize());
        Assert.Equal(StatusCode.ResourceExhausted, inherited.StatusCode);
    }

    [Fact]
    public async Task A_body_above_the_transports_limit_is_resource_exhausted()
    {
        await using var host = await GrpcHost.StartAsync(kestrel: options => options.Limits.MaxRequestBodySize = 100);

        // A message that parses: Kestrel counts what the reader has taken, which may be all of it at once.
        var message = new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[500_000]) } };
        var call = new RawCall { Pieces = [RawCall.Frame(message.ToByteArray())] };

        Assert.Equal(8, (await call.SendAsync(host.Http(), host.Address)).Status);
    }

    [Fact]
    public async Task A_service_is_made_per_call_and_disposed_unless_it_is_registered()
    {
        var made = new Counter();
        await using var transient = await GrpcHost.StartAsync(
            services: services => services.AddSingleton(made), map: app => app.MapGrpcService<CountedService>());
        await CallHealthAsync(transient);
        await CallHealthAsync(transient);
        Assert.Equal((2, 2), (made.Created, made.Disposed));

        var kept = new Counter();
        await using var registered = await GrpcHost.StartAsync(
            services: services => services.AddSingleton(kept).AddSingleton<CountedService>(),
            map: app => app.MapGrpcService<CountedService>());
        await CallHealthAsync(registered);
        await CallHealthAsync(registered);
        Assert.Equal((1, 0), (kept.Created, kept.Disposed));
    }

    [Fact]
    public async Task Endpoints_tell_their_method_and_take_conventions()
    {
        List<string> seen = [];
        await using var host = await GrpcHost.StartAsync(
            services: services => services.AddSingleton(new Counter()),
            map: app =>
            {
                app.Use((context, next) =>
                {
                    var endpoint = context.GetEndpoint();
                    seen.Add($"{endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName} {endpoint?.Metadata.GetMetadata<string>()}");
                    return next(context);
                });
                app.MapGrpcService<CountedService>().WithMetadata("convention");
            });
        await CallHealthAsync(host);

        Assert.Equal(["/grpc.health.v1.Health/Check convention"], seen);
    }

    [Fact]
    public async Task The_call_gives_access_to_its_http_request()
    {
        await using var host = await GrpcHost.StartAsync();
        (string Protocol, string Method, string Host, bool Shared) seen = default;
        host.Journal.Handler = (_, context) =>
        {
            context.UserState["key"] = "value";
            var http = context.GetHttpContext();
            seen = (http.Request.Protocol, context.Method, context.Host, http.Items.ContainsKey("key"));
            return Task.FromResult(new SimpleResponse());
        };
        await new Prober.ProberClient(host.Channel()).CallAsync(new SimpleRequest());

        Assert.Equal(("HTTP/2", "/grpc.testing.Prober/Call", host.Address.Authority, true), seen);
    }

    [Fact]
    public async Task Request_headers_are_the_metadata_without_the_protocols_own()
    {
        await using var host = await GrpcHost.StartAsync();
        List<string> seen = [];
        host.Journal.Handler = (_, context) =>
        {
            seen = [.. context.RequestHeaders.Select(entry => entry.Key)];
            return Task.FromResult(new SimpleResponse());
        };
        await new Prober.ProberClient(host.Channel()).CallAsync(
            new SimpleRequest(),
            new Metadata { { "authorization", "Bearer t" }, { "x-a", "1" }, { "x-a", "2" } },
            TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));

        Assert.Equal(["authorization", "user-agent", "x-a"], seen.Distinct().Order());
    }

    private static async Task CallHealthAsync(GrpcHost host) =>
        await new Health.V1.Health.HealthClient(host.Channel()).CheckAsync(new Health.V1.HealthCheckRequest());

    public sealed class Counter
    {
        public int Created { get; set; }

        public int Disposed { get; set; }
    }

    public sealed class CountedService : Health.V1.Health.HealthBase, IDisposable
    {
        private readonly Counter _counter;

        public CountedService(Counter counter)
        {
            _counter = counter;
            _counter.Created++;
        }

        public override Task<Health.V1.HealthCheckResponse> Check(Health.V1.HealthCheckRequest request, ServerCallContext context) =>
            Task.FromResult(new Health.V1.HealthCheckResponse());

        public void Dispose() => _counter.Disposed++;
    }
}
