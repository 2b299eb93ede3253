using System.Net.Http;
using Google.Protobuf;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>What the server says to requests that no gRPC library would send.</summary>
public sealed class RequestConformanceTests : IAsyncLifetime
{
    private const int Limit = 64;
    private GrpcHost _host = null!; // Set by InitializeAsync before any test runs.

    // body pieces in hex separated by spaces, gRPC status
    public static TheoryData<string, int> Bodies() =>
    [
        new("", 13) { Label = "no message" },
        new("00", 13) { Label = "part of a frame header" },
        new("0000000005AA", 13) { Label = "part of a message" },
        new("0000000000", 0) { Label = "an empty message" },
        new("00 00 00 00 02 10 01", 0) { Label = "byte by byte" },
        new("0000000000 00", 13) { Label = "a byte too much, later" },
        new("000000000000", 13) { Label = "a byte too much" },
        new("00000000000000000000", 13) { Label = "two messages" },
        new("0200000000", 13) { Label = "an unknown flag" },
        new("0100000000", 13) { Label = "compressed by no encoding" },
        new("00FFFFFFFF", 8) { Label = "a length of 4 GiB" },
        new("0000000041", 8) { Label = "one byte above the limit" },
        new("0000000001FF", 13) { Label = "no protobuf" },
    ];

    public async ValueTask InitializeAsync() =>
        _host = await GrpcHost.StartAsync(
            grpc: options => options.MaxReceiveMessageSize = Limit,
            map: app => app.MapGet("/plain/{id}", () => "plain"));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory, MemberData(nameof(Bodies))]
    public async Task A_unary_request_is_exactly_one_frame(string pieces, int status)
    {
        var answer = await SendAsync(new RawCall
        {
            Pieces = [.. pieces.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromHexString)],
        });

        Assert.Equal((200, status), (answer.HttpStatus, answer.Status));
        Assert.Equal("application/grpc", answer.ContentType);
    }

    [Fact]
    public async Task A_message_as_long_as_the_limit_is_taken()
    {
        var message = new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[Limit - 4]) } };
        Assert.Equal(Limit, message.CalculateSize());

        Assert.Equal(0, (await SendAsync(new RawCall { Pieces = [RawCall.Frame(message.ToByteArray())] })).Status);
    }

    [Theory]
    [InlineData("gzip", 12, "identity")]
    [InlineData("identity", 13, null)]
    public async Task A_compressed_message_is_refused_with_what_would_be_understood(string encoding, int status, string? accepted)
    {
        var answer = await SendAsync(new RawCall
        {
            Pieces = [RawCall.Frame([1], flag: 1)],
            Headers = [("te", "trailers"), ("grpc-encoding", encoding)],
        });

        Assert.Equal(status, answer.Status);
        Assert.Equal(accepted, answer.Headers.GetValueOrDefault("grpc-accept-encoding"));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpcx")]
    [InlineData(null)]
    public async Task Other_content_types_are_415_without_a_grpc_status(string? contentType)
    {
        var answer = await SendAsync(new RawCall { ContentType = contentType });

        Assert.Equal((415, null), (answer.HttpStatus, answer.Status));
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;charset=utf-8")]
    public async Task All_grpc_content_types_are_served_as_plain_grpc(string contentType)
    {
        var answer = await SendAsync(new RawCall { ContentType = contentType });

        Assert.Equal(0, answer.Status);
        Assert.Equal("application/grpc", answer.ContentType);
    }

    [Fact]
    public async Task A_request_without_te_is_served() =>
        Assert.Equal(0, (await SendAsync(new RawCall { Headers = [] })).Status);

    [Fact]
    public async Task Only_post_is_served() =>
        Assert.Equal(404, (await SendAsync(new RawCall { Method = HttpMethod.Get })).HttpStatus);

    [Theory]
    [InlineData("/grpc.testing.Prober/call")]
    [InlineData("/grpc.testing.prober/Call")]
    [InlineData("/grpc.testing.Prober/C%61ll")]
    [InlineData("/grpc.testing.Prober/Call?x=1")]
    [InlineData("/grpc.testing.Prober/Call/")]
    [InlineData("/grpc.testing.Prober/Nothing")]
    [InlineData("/grpc.testing.UnimplementedService/UnimplementedCall")]
    [InlineData("/grpc.testing.Prober/download")]
    [InlineData("/grpc.testing.Prober/Upload/")]
    [InlineData("/grpc.testing.Prober/%43hat")]
    [InlineData("/grpc.testing.TestService/UnimplementedCall")]
    public async Task A_path_is_served_only_in_exactly_its_spelling(string path) =>
        Assert.Equal(12, (await SendAsync(new RawCall { Path = path })).Status);

    [Fact]
    public async Task Other_requests_on_the_same_port_are_left_alone()
    {
        var plain = await SendAsync(new RawCall { Path = "/plain/1", Method = HttpMethod.Get });
        var missing = await SendAsync(new RawCall { Path = "/api/things", ContentType = "application/json" });

        Assert.Equal("plain"u8.ToArray(), plain.Body);
        Assert.Equal((404, null), (missing.HttpStatus, missing.Status));
    }

    [Fact]
    public async Task A_binary_header_that_is_no_base64_does_not_end_the_call()
    {
        string? seen = null;
        _host.Journal.Handler = (_, context) =>
        {
            seen = string.Join(' ', context.RequestHeaders.Select(entry => $"{entry.Key}={Convert.ToHexString(entry.ValueBytes)}"));
            return Task.FromResult(new SimpleResponse());
        };
        var answer = await SendAsync(new RawCall { Headers = [("x-a-bin", "!!!"), ("x-b-bin", "qw,q6s=")] });

        Assert.Equal(0, answer.Status);
        Assert.Equal("x-b-bin=AB x-b-bin=ABAB", seen);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("123456789S")]
    [InlineData("-1S")]
    public async Task A_malformed_timeout_is_ignored(string timeout)
    {
        DateTime? deadline = null;
        _host.Journal.Handler = (_, context) =>
        {
            deadline = context.Deadline;
            return Task.FromResult(new SimpleResponse());
        };
        var answer = await SendAsync(new RawCall { Headers = [("grpc-timeout", timeout)] });

        Assert.Equal(0, answer.Status);
        Assert.Equal(DateTime.MaxValue, deadline);
    }

    [Fact]
    public async Task Headers_above_the_transports_limit_are_431_and_the_connection_lives()
    {
        var http = _host.Http();
        // By number, not by size: HttpClient itself keeps to the size that the server announces.
        var many = Enumerable.Range(0, 150).Select(number => ($"x-{number}", "a"));
        var answer = await new RawCall { Headers = [.. many] }.SendAsync(http, _host.Address);

        Assert.Equal(431, answer.HttpStatus);
        Assert.Equal(0, (await new RawCall().SendAsync(http, _host.Address)).Status);
    }

    private Task<RawAnswer> SendAsync(RawCall call) => call.SendAsync(_host.Http(), _host.Address);
}
