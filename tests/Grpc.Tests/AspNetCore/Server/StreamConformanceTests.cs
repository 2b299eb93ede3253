using System.Net;
using System.Net.Http;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>What the server says to streams that no gRPC library would send.</summary>
public sealed class StreamConformanceTests : IAsyncLifetime
{
    private const int Limit = 64;
    private GrpcHost _host = null!; // Set by InitializeAsync before any test runs.

    // body pieces in hex separated by spaces, messages the handler got, gRPC status
    public static TheoryData<string, int, int> Bodies() =>
    [
        new("", 0, 0) { Label = "no message" },
        new("0000000000", 1, 0) { Label = "an empty message" },
        new("00000000000000000000 00 00 00 00 00", 3, 0) { Label = "frames that ignore pieces" },
        new("0000000000 00000000021001 00", 2, 13) { Label = "part of a frame header at the end" },
        new("0000000000 0000000005AA", 1, 13) { Label = "part of a message at the end" },
        new("0000000000 0200000000", 1, 13) { Label = "an unknown flag" },
        new("0000000000 FF00000000", 1, 13) { Label = "another unknown flag" },
        new("0000000000 0100000000", 1, 13) { Label = "compressed by no encoding" },
        new("0000000000 00FFFFFFFF", 1, 8) { Label = "a length of 4 GiB" },
        new("0000000000 007FFFFFFF", 1, 8) { Label = "a length of 2 GiB" },
        new("0000000041", 0, 8) { Label = "one byte above the limit" },
        new("0000000000 0000000001FF 0000000000", 1, 13) { Label = "no protobuf" },
    ];

    public async ValueTask InitializeAsync() => _host = await GrpcHost.StartAsync(grpc: options => options.MaxReceiveMessageSize = Limit);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory, MemberData(nameof(Bodies))]
    public async Task A_stream_of_requests_is_whole_frames(string pieces, int messages, int status)
    {
        var received = 0;
        _host.Journal.Upload = async (requests, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                received += request is null ? 0 : 1;
            }

            return new SimpleResponse();
        };
        var answer = await SendAsync("Upload", pieces);

        Assert.Equal((200, status, messages), (answer.HttpStatus, answer.Status, received));
        Assert.Equal("application/grpc", answer.ContentType);
        Assert.DoesNotContain(_host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task A_stream_that_is_no_longer_readable_stays_so()
    {
        List<StatusCode> seen = [];
        _host.Journal.Upload = async (requests, _) =>
        {
            for (var attempt = 0; attempt < 2; attempt++)
            {
                seen.Add((await Assert.ThrowsAsync<RpcException>(() => requests.MoveNext())).StatusCode);
            }

            Assert.Throws<InvalidOperationException>(() => requests.Current);
            return new SimpleResponse { Username = "nevertheless" };
        };

        Assert.Equal(0, (await SendAsync("Upload", "0200000000 0000000000")).Status);
        Assert.Equal([StatusCode.Internal, StatusCode.Internal], seen);
    }

    [Fact]
    public async Task A_compressed_message_is_refused_with_what_would_be_understood()
    {
        var answer = await new RawCall
        {
            Path = "/grpc.testing.Prober/Upload",
            Pieces = [RawCall.Frame([1], flag: 1)],
            Headers = [("grpc-encoding", "gzip")],
        }.SendAsync(_host.Http(), _host.Address);

        Assert.Equal((12, "identity"), (answer.Status, answer.Headers.GetValueOrDefault("grpc-accept-encoding")));
    }

    [Theory]
    [InlineData("", 13)]
    [InlineData("0000000000 0000000000", 13)]
    [InlineData("00FFFFFFFF", 8)]
    public async Task A_server_streaming_method_takes_one_request(string pieces, int status)
    {
        var ran = false;
        _host.Journal.Download = (_, _, _) =>
        {
            ran = true;
            return Task.CompletedTask;
        };

        Assert.Equal(status, (await SendAsync("Download", pieces)).Status);
        Assert.False(ran);
    }

    [Fact]
    public async Task A_stream_without_messages_is_answered_by_headers_alone()
    {
        var answer = await SendAsync("Download", "0000000000");

        Assert.Equal("0", answer.Headers["grpc-status"]);
        Assert.Empty(answer.Trailers);
    }

    [Fact]
    public async Task A_stream_has_its_status_in_the_trailers()
    {
        _host.Journal.Download = async (_, responses, _) =>
        {
            await responses.WriteAsync(new SimpleResponse());
            await responses.WriteAsync(new SimpleResponse { Username = "a" });
        };
        var answer = await SendAsync("Download", "0000000000");

        Assert.Equal("0", answer.Trailers["grpc-status"]);
        Assert.Equal("00000000000000000003120161", Convert.ToHexString(answer.Body));
    }

    [Fact]
    public async Task A_client_lost_in_the_middle_of_a_message_is_no_error()
    {
        var reading = new TaskCompletionSource();
        var thrown = new TaskCompletionSource<Exception?>();
        _host.Journal.Upload = async (requests, _) =>
        {
            Assert.True(await requests.MoveNext());
            var next = requests.MoveNext();
            reading.SetResult();
            thrown.SetResult(await Record.ExceptionAsync(() => next));
            await next;
            return new SimpleResponse();
        };
        using var cancellation = new CancellationTokenSource();
        var call = new RawCall
        {
            Path = "/grpc.testing.Prober/Upload",
            Pieces = [[0, 0, 0, 0, 0], [0, 0, 0, 0, 9, 1]],
            End = Task.Delay(Timeout.Infinite, cancellation.Token),
        };
        var answer = call.SendAsync(_host.Http(), _host.Address, cancellation.Token);
        await reading.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task);
        await Eventually.TrueAsync(() => _host.Logs.Entries.Any(entry => entry.Event == 1001));
        Assert.DoesNotContain(_host.Logs.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    // It keeps its connection: each such stream holds what Kestrel buffers, and not what the handler would like to send.
    [Fact]
    public async Task Clients_that_never_read_cost_a_bounded_buffer_each()
    {
        const int streams = 20;
        var written = new int[streams];
        var begun = 0;
        _host.Journal.Download = async (_, responses, context) =>
        {
            var number = Interlocked.Increment(ref begun) - 1;
            while (true)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                await responses.WriteAsync(new SimpleResponse { Payload = new Payload { Body = ByteString.CopyFrom(new byte[1000]) } });
                Interlocked.Increment(ref written[number]);
            }
        };
        var http = _host.Http();
        List<HttpResponseMessage> unread = [];
        for (var stream = 0; stream < streams; stream++)
        {
            using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
            content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_host.Address, "/grpc.testing.Prober/Download"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = content,
            };
            unread.Add(await http.SendAsync(request, TestContext.Current.CancellationToken));
        }

        var before = -1;
        while (before != written.Sum())
        {
            before = written.Sum();
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        // Window and buffer are 64 KiB each.
        Assert.All(written, count => Assert.InRange(count, 1, 400));
        unread.ForEach(response => response.Dispose());
        await Eventually.TrueAsync(() => _host.Logs.Entries.Count(entry => entry.Event is 1000 or 1001) == streams);
        Assert.DoesNotContain(_host.Logs.Entries, entry => entry.Event == 1000);
    }

    private Task<RawAnswer> SendAsync(string method, string pieces) => new RawCall
    {
        Path = $"/grpc.testing.Prober/{method}",
        Pieces = [.. pieces.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromHexString)],
    }.SendAsync(_host.Http(), _host.Address);
}
