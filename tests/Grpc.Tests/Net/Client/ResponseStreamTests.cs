using Grpc.Core;
using Grpc.Testing;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Grpc.Tests.Net.Client;

/// <summary>What the client makes of streams, right and wrong.</summary>
public sealed class ResponseStreamTests
{
    private const string Empty = "0000000000";

    // body in hex, trailers, messages read, status
    public static TheoryData<string, string[], int, StatusCode> Bodies() =>
    [
        new("", ["grpc-status: 0"], 0, StatusCode.OK) { Label = "no message" },
        new(Empty + Empty + "0000000003120161", ["grpc-status: 0"], 3, StatusCode.OK) { Label = "messages" },
        new(Empty, [], 1, StatusCode.Internal) { Label = "no status" },
        new(Empty, ["grpc-status: x"], 1, StatusCode.Unknown) { Label = "a malformed status" },
        new(Empty, ["grpc-status: 7"], 1, StatusCode.PermissionDenied) { Label = "a message, then a refusal" },
        new(Empty + "000000", ["grpc-status: 0"], 1, StatusCode.Internal) { Label = "part of a frame header" },
        new(Empty + "0000000009AA", ["grpc-status: 0"], 1, StatusCode.Internal) { Label = "part of a message" },
        new(Empty + "0100000000", ["grpc-status: 0"], 1, StatusCode.Internal) { Label = "compressed, which was not offered" },
        new(Empty + "0300000000", ["grpc-status: 0"], 1, StatusCode.Internal) { Label = "an unknown flag" },
        new(Empty + "00FFFFFFFF", ["grpc-status: 0"], 1, StatusCode.ResourceExhausted) { Label = "a length of 4 GiB" },
        new(Empty + "0000400001", ["grpc-status: 0"], 1, StatusCode.ResourceExhausted) { Label = "one byte above the default limit" },
        new(Empty + "0000000001FF", ["grpc-status: 0"], 1, StatusCode.Internal) { Label = "no protobuf" },
    ];

    [Theory, MemberData(nameof(Bodies))]
    public async Task A_stream_is_whole_messages_and_a_status(string body, string[] trailers, int messages, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(body, trailers);
        using var call = Client(server).Download(new SimpleRequest());

        Assert.Equal((messages, expected), await ReadAsync(call.ResponseStream));
        Assert.Equal(expected, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData("0", StatusCode.OK)]
    [InlineData("5", StatusCode.NotFound)]
    public async Task A_status_among_the_headers_is_the_whole_answer(string status, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.Headers["grpc-status"] = status;
            http.Response.Headers["x-a"] = "1";
            return Task.CompletedTask;
        });
        using var call = Client(server).Chat();

        Assert.Equal((0, expected), await ReadAsync(call.ResponseStream));
        Assert.Equal("1", call.GetTrailers().GetValue("x-a"));
        Assert.Equal(expected == StatusCode.OK, await Record.ExceptionAsync(() => call.ResponseHeadersAsync) is null);
    }

    [Theory]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(503, StatusCode.Unavailable)]
    public async Task An_http_error_is_mapped(int httpStatus, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = httpStatus;
            return Task.CompletedTask;
        });
        using var call = Client(server).Download(new SimpleRequest());

        Assert.Equal((0, expected), await ReadAsync(call.ResponseStream));
    }

    [Theory]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    public async Task A_reset_after_messages_is_mapped_by_its_code(int code, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Convert.FromHexString(Empty + "0000000009AA"));
            await http.Response.Body.FlushAsync();
            await http.Request.Body.ReadExactlyAsync(new byte[5]);
            http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
        });
        using var call = Client(server).Chat();
        Assert.True(await call.ResponseStream.MoveNext());
        await call.RequestStream.WriteAsync(new SimpleRequest());

        Assert.Equal((0, expected), await ReadAsync(call.ResponseStream));
    }

    [Fact]
    public async Task A_deadline_ends_a_stream_between_two_messages()
    {
        await using var server = await FakeServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Convert.FromHexString(Empty));
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        using var call = Client(server).Download(new SimpleRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1));

        Assert.Equal((1, StatusCode.DeadlineExceeded), await ReadAsync(call.ResponseStream));
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_deadline_in_the_past_sends_nothing()
    {
        var called = false;
        await using var server = await FakeServer.StartAsync(_ =>
        {
            called = true;
            return Task.CompletedTask;
        });
        using var call = Client(server).Chat(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-1));

        Assert.Equal((0, StatusCode.DeadlineExceeded), await ReadAsync(call.ResponseStream));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new SimpleRequest()))).StatusCode);
        Assert.False(called);
    }

    [Fact]
    public async Task A_server_that_is_lost_is_unavailable_to_both_directions()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await FakeServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(Convert.FromHexString(Empty));
            await http.Response.Body.FlushAsync();
            await http.Request.Body.ReadExactlyAsync(new byte[5]);
            await written.Task; // Else the end may overtake the write's own return.
            http.Features.GetRequiredFeature<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>().Abort();
        });
        using var call = Client(server).Chat();
        Assert.True(await call.ResponseStream.MoveNext());
        await call.RequestStream.WriteAsync(new SimpleRequest());
        written.SetResult();
        var (messages, status) = await ReadAsync(call.ResponseStream);

        Assert.Equal((0, StatusCode.Unavailable), (messages, status));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new SimpleRequest()))).StatusCode);
    }

    [Fact]
    public async Task The_status_of_a_call_under_way_is_not_known()
    {
        await using var server = await FakeServer.StartAsync(http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        var call = Client(server).Chat();

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.ResponseStream.Current);
        var reading = ReadAsync(call.ResponseStream);
        call.Dispose();
        call.Dispose();
        Assert.Equal((0, StatusCode.Cancelled), await reading);
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseHeadersAsync);
    }

    [Fact]
    public async Task Closing_the_channel_ends_its_streams()
    {
        var server = await FakeServer.StartAsync(http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        using var call = Client(server).Chat();
        var reading = ReadAsync(call.ResponseStream);
        await call.RequestStream.WriteAsync(new SimpleRequest());
        server.Channel.Dispose();

        Assert.Equal((0, StatusCode.Cancelled), await reading);
        await server.DisposeAsync();
    }

    private static Prober.ProberClient Client(FakeServer server) => new(server.Channel);

    private static async Task<(int Messages, StatusCode Status)> ReadAsync(IAsyncStreamReader<SimpleResponse> responses)
    {
        var messages = 0;
        try
        {
            while (await responses.MoveNext())
            {
                messages++;
            }

            return (messages, StatusCode.OK);
        }
        catch (RpcException failure)
        {
            return (messages, failure.StatusCode);
        }
    }
}
