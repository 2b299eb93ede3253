using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Xunit;

namespace Grpc.Tests.Net.Client;

/// <summary>Our client against our server.</summary>
public sealed class GrpcChannelTests
{
    public static TheoryData<Transport> Transports() => new(Enum.GetValues<Transport>());

    [Theory, MemberData(nameof(Transports))]
    public async Task Unary_calls_work_on_every_transport(Transport transport)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        var client = new TestService.TestServiceClient(host.Channel());
        var request = new SimpleRequest { ResponseSize = 314_159, Payload = new Payload { Body = ByteString.CopyFrom(new byte[271_828]) } };

        using var call = client.UnaryCallAsync(request, new Metadata
        {
            { "x-grpc-test-echo-initial", "test_initial_metadata_value" },
            { "x-grpc-test-echo-trailing-bin", [0xAB, 0xAB, 0xAB] },
        });

        Assert.Equal(314_159, (await call).Payload.Body.Length);
        Assert.Equal("test_initial_metadata_value", (await call.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Assert.Equal([0xAB, 0xAB, 0xAB], call.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Many_calls_run_in_parallel_over_more_than_one_connection()
    {
        await using var host = await GrpcHost.StartAsync();
        var client = new TestService.TestServiceClient(host.Channel());

        var sizes = await Task.WhenAll(Enumerable.Range(0, 500).Select(async size =>
            (await client.UnaryCallAsync(new SimpleRequest { ResponseSize = size })).Payload.Body.Length));

        Assert.Equal(Enumerable.Range(0, 500), sizes);
    }

    [Fact]
    public async Task A_blocking_call_returns_the_response_or_throws()
    {
        await using var host = await GrpcHost.StartAsync();
        var client = new TestService.TestServiceClient(host.Channel());

        Assert.NotNull(client.EmptyCall(new Empty()));
        Assert.Equal(StatusCode.Unimplemented, Assert.Throws<RpcException>(() => client.UnimplementedCall(new Empty())).StatusCode);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        using var call = new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty());

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.IsType<HttpRequestException>(exception.InnerException);
        Assert.Same(exception.InnerException, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseHeadersAsync)).InnerException);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_unavailable()
    {
        await using var host = await GrpcHost.StartAsync(Transport.Tls);
        using var channel = GrpcChannel.ForAddress(host.Address);

        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty()));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deadline_in_the_past_fails_without_a_request(bool utc)
    {
        await using var host = await GrpcHost.StartAsync();
        var past = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        var deadline = utc ? past.UtcDateTime : past.LocalDateTime;

        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await new TestService.TestServiceClient(host.Channel()).EmptyCallAsync(new Empty(), deadline: deadline));
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Text.Contains("Request starting", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deadline_ends_a_call_that_hangs_and_the_server_learns_of_it()
    {
        await using var host = await GrpcHost.StartAsync();
        var call = Hang(host, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300));

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await call);
        await host.Journal.Cancelled("call");
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Disposing_a_call_cancels_it()
    {
        await using var host = await GrpcHost.StartAsync();
        var call = Hang(host);
        await host.Journal.Started("call");
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
        call.Dispose();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        await host.Journal.Cancelled("call");
        call.Dispose();
    }

    [Fact]
    public async Task Disposing_a_channel_ends_its_calls_and_refuses_new_ones()
    {
        await using var host = await GrpcHost.StartAsync();
        var channel = host.Channel();
        var client = new TestService.TestServiceClient(channel);
        var call = Hang(host, channel: channel);
        await host.Journal.Started("call");
        await channel.ShutdownAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.EmptyCallAsync(new Empty()));
    }

    [Theory]
    [InlineData(14, StatusCode.OK)]
    [InlineData(15, StatusCode.ResourceExhausted)]
    public async Task Messages_above_the_limits_of_the_client_are_resource_exhausted(int size, StatusCode expected)
    {
        await using var host = await GrpcHost.StartAsync();
        var sending = new TestService.TestServiceClient(host.Channel(options => options.MaxSendMessageSize = 18));
        var receiving = new TestService.TestServiceClient(host.Channel(options => options.MaxReceiveMessageSize = 18));
        var request = new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } };

        async Task<StatusCode> CodeOf(AsyncUnaryCall<SimpleResponse> call)
        {
            await Record.ExceptionAsync(async () => await call);
            return call.GetStatus().StatusCode;
        }

        Assert.Equal(expected, await CodeOf(sending.UnaryCallAsync(request)));
        Assert.Equal(expected, await CodeOf(receiving.UnaryCallAsync(new SimpleRequest { ResponseSize = size })));
    }

    [Fact]
    public async Task Metadata_that_cannot_be_sent_fails_the_call()
    {
        await using var host = await GrpcHost.StartAsync();

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await new TestService.TestServiceClient(host.Channel())
            .EmptyCallAsync(new Empty(), new Metadata { { "x", "a\r\nevil: 1" } }));
        Assert.Equal(StatusCode.Internal, exception.StatusCode);
    }

    [Fact]
    public async Task A_client_may_name_another_host()
    {
        await using var host = await GrpcHost.StartAsync();
        List<string> seen = [];
        host.Journal.Handler = (_, context) =>
        {
            seen.Add(context.Host);
            return Task.FromResult(new SimpleResponse());
        };
        var client = new Prober.ProberClient(host.Channel());
        await client.WithHost("other.test").CallAsync(new SimpleRequest());
        await client.CallAsync(new SimpleRequest());

        Assert.Equal(["other.test", host.Address.Authority], seen);
    }

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("dns:///host")]
    public void Only_http_addresses_are_taken(string address) =>
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(address));

    private static AsyncUnaryCall<SimpleResponse> Hang(GrpcHost host, DateTime? deadline = null, GrpcChannel? channel = null) =>
        new TestService.TestServiceClient(channel ?? host.Channel()).UnaryCallAsync(
            new SimpleRequest(), new Metadata { { InteropTestService.HangKey, "call" } }, deadline);
}
