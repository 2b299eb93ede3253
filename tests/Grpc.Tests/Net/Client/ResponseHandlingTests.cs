using Grpc.Core;
using Grpc.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Grpc.Tests.Net.Client;

/// <summary>What the client makes of answers, right and wrong.</summary>
public sealed class ResponseHandlingTests
{
    private const string Empty = "0000000000";

    // body in hex, trailers, status
    public static TheoryData<string, string[], StatusCode> Bodies() =>
    [
        new(Empty, ["grpc-status: 0"], StatusCode.OK) { Label = "an empty message" },
        new("0000000003120161", ["grpc-status: 0"], StatusCode.OK) { Label = "a message" },
        new("", ["grpc-status: 0"], StatusCode.Internal) { Label = "OK without a message" },
        new("000000", ["grpc-status: 0"], StatusCode.Internal) { Label = "part of a frame header" },
        new("0000000009AA", ["grpc-status: 0"], StatusCode.Internal) { Label = "part of a message" },
        new(Empty + Empty, ["grpc-status: 0"], StatusCode.Internal) { Label = "two messages" },
        new("0100000000", ["grpc-status: 0"], StatusCode.Internal) { Label = "compressed, which was not offered" },
        new("0300000000", ["grpc-status: 0"], StatusCode.Internal) { Label = "an unknown flag" },
        new("00FFFFFFFF", ["grpc-status: 0"], StatusCode.ResourceExhausted) { Label = "a length of 4 GiB" },
        new("0000400001", ["grpc-status: 0"], StatusCode.ResourceExhausted) { Label = "one byte above the default limit" },
        new("0000000001FF", ["grpc-status: 0"], StatusCode.Internal) { Label = "no protobuf" },
        new(Empty, [], StatusCode.Internal) { Label = "no status" },
        new(Empty, ["grpc-status: x"], StatusCode.Unknown) { Label = "a malformed status" },
        new(Empty, ["grpc-status: 7"], StatusCode.PermissionDenied) { Label = "a message, then a refusal" },
        new(Empty, ["grpc-status: 99"], (StatusCode)99) { Label = "a status without a name" },
        new("", ["grpc-status: 5"], StatusCode.NotFound) { Label = "a refusal in trailers" },
    ];

    [Theory, MemberData(nameof(Bodies))]
    public async Task A_unary_response_is_one_message_and_a_status(string body, string[] trailers, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(body, trailers);

        Assert.Equal(expected, (await CallAsync(server)).StatusCode);
    }

    [Fact]
    public async Task A_status_brings_its_message_and_trailers()
    {
        await using var server = await FakeServer.StartAsync(
            "", "grpc-status: 9", "grpc-message: 50%25 %E2%98%BA %zz", "x-a: 1", "x-b-bin: qw", "x-b-bin: q6s=");

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await Client(server).CallAsync(new()));

        Assert.Equal("50% \u263a %zz", exception.Status.Detail);
        Assert.Equal("1", exception.Trailers.GetValue("x-a"));
        Assert.Equal(["AB", "ABAB"], exception.Trailers.GetAll("x-b-bin").Select(entry => Convert.ToHexString(entry.ValueBytes)));
        Assert.Equal(3, exception.Trailers.Count);
    }

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(200, StatusCode.Unknown)]
    public async Task An_answer_that_is_not_grpc_is_mapped_by_its_http_status(int httpStatus, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = httpStatus;
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync("<p>a proxy</p>");
        });

        Assert.Equal(expected, (await CallAsync(server)).StatusCode);
    }

    [Fact]
    public async Task A_grpc_status_in_the_headers_wins_over_the_http_status()
    {
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers["grpc-status"] = "16";
            http.Response.Headers["grpc-message"] = "who";
            return Task.CompletedTask;
        });

        var status = await CallAsync(server);
        Assert.Equal((StatusCode.Unauthenticated, "who"), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task Ok_in_the_headers_has_no_message_and_is_an_error()
    {
        await using var server = await FakeServer.StartAsync(http =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.Headers["grpc-status"] = "0";
            return Task.CompletedTask;
        });

        Assert.Equal(StatusCode.Internal, (await CallAsync(server)).StatusCode);
    }

    [Theory]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    public async Task A_reset_stream_is_mapped_by_its_code(int errorCode, StatusCode expected)
    {
        await using var server = await FakeServer.StartAsync(async http =>
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.FlushAsync();
            http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode);
        });

        Assert.Equal(expected, (await CallAsync(server)).StatusCode);
    }

    private static Prober.ProberClient Client(FakeServer server) => new(server.Channel);

    private static async Task<Status> CallAsync(FakeServer server)
    {
        using var call = Client(server).CallAsync(new());
        try
        {
            await call;
        }
        catch (RpcException exception)
        {
            Assert.Equal(exception.Status, call.GetStatus());
        }

        return call.GetStatus();
    }
}
