using Grpc.AspNetCore.Server;
using Grpc.Core;
using MeshCA.Configuration;
using MeshCA.Rpc;
using MeshCA.Tests.Authentication;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshCA.Tests.Rpc;

public sealed class StreamAdmissionMiddlewareTests
{
    private readonly OpenStreams _connection = new();
    private readonly StreamAdmission _admission =
        new(new LimitsOptions { MaxStreamingCalls = 3, MaxStreamingCallsPerConnection = 2 });

    public static TheoryData<MethodType> Streaming() => [MethodType.ServerStreaming, MethodType.ClientStreaming, MethodType.DuplexStreaming];

    [Theory, MemberData(nameof(Streaming))]
    public async Task A_connection_has_so_many_streams_and_gets_a_place_back_however_one_ends(MethodType type)
    {
        var first = new Call(type, _connection);
        var second = new Call(type, _connection);
        var running = Run(first);
        _ = Run(second);

        Assert.Equal("8", await StatusOfRefusedAsync(type, _connection));
        Assert.Null(await StatusOfRefusedAsync(type, new OpenStreams()));

        first.Work.SetException(new System.IO.IOException("test"));
        await Assert.ThrowsAsync<System.IO.IOException>(() => running);
        Assert.Null(await StatusOfRefusedAsync(type, _connection));
        second.Work.SetResult();
    }

    [Fact]
    public async Task All_connections_together_have_so_many_streams()
    {
        List<Call> open = [.. Enumerable.Range(0, 3).Select(_ => new Call(MethodType.DuplexStreaming, new OpenStreams()))];
        var running = open.Select(Run).ToList();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            // A refused stream must not keep its connection's place.
            Assert.Equal("8", await StatusOfRefusedAsync(MethodType.DuplexStreaming, _connection));
        }

        open[0].Work.SetResult();
        await running[0];
        Assert.Null(await StatusOfRefusedAsync(MethodType.DuplexStreaming, _connection));
        open.ForEach(call => call.Work.TrySetResult());
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Unary_calls_and_others_take_no_place()
    {
        List<Call> calls = [.. Enumerable.Range(0, 10).Select(number => new Call(number == 0 ? null : MethodType.Unary, _connection))];
        var running = calls.Select(Run).ToList();

        Assert.Null(await StatusOfRefusedAsync(MethodType.ServerStreaming, _connection));
        calls.ForEach(call => call.Work.SetResult());
        await Task.WhenAll(running);
    }

    private Task Run(Call call) =>
        new StreamAdmissionMiddleware(_ => call.Work.Task, _admission, TokenSetup.Metrics).InvokeAsync(call.Context);

    // Null if it was let in.
    private async Task<string?> StatusOfRefusedAsync(MethodType type, OpenStreams connection)
    {
        var call = new Call(type, connection);
        call.Work.SetResult();
        await Run(call);
        return call.Context.Response.Headers["grpc-status"];
    }

    private sealed class Call
    {
        public Call(MethodType? type, OpenStreams connection)
        {
            Context.Features.Set(connection);
            object[] metadata = type is { } known ? [new GrpcMethodMetadata(typeof(Call), new TestMethod(known))] : [];
            Context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(metadata), null));
        }

        public DefaultHttpContext Context { get; } = new();

        public TaskCompletionSource Work { get; } = new();
    }

    private sealed record TestMethod(MethodType Type) : IMethod
    {
        public string ServiceName => "test.Service";

        public string Name => "Method";

        public string FullName => "/test.Service/Method";
    }
}
