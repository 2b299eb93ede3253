using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>Streams, by our client and our server.</summary>
public sealed class StreamingTests
{
    private const int Many = 10_000;
    private static readonly SimpleResponse Kilobyte = new() { Payload = Bytes(1000) };

    public static TheoryData<Transport> Transports() => new(Enum.GetValues<Transport>());

    [Theory, MemberData(nameof(Transports))]
    public async Task A_server_streams_messages_of_all_sizes_in_order(Transport transport)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        int[] sizes = [31_415, 0, 9, 1, 2_653, 58_979, 4_000_000];
        host.Journal.Download = async (_, responses, context) =>
        {
            context.ResponseTrailers.Add("x-trailer", "t");
            foreach (var size in sizes)
            {
                await responses.WriteAsync(new SimpleResponse { Payload = Bytes(size) });
            }
        };
        using var call = Client(host).Download(new SimpleRequest());

        Assert.Equal(sizes, await call.ResponseStream.ReadAllAsync().Select(Size).ToListAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("t", call.GetTrailers().GetValue("x-trailer"));
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task A_client_streams_messages_of_all_sizes(Transport transport)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        var received = new List<int>();
        host.Journal.Upload = async (requests, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                received.Add(request.Payload.Body.Length);
            }

            return new SimpleResponse { Username = "all" };
        };
        int[] sizes = [27_182, 0, 8, 1_828, 45_904, 4_000_000];
        using var call = Client(host).Upload();
        foreach (var size in sizes)
        {
            await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(size) });
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal("all", (await call).Username);
        Assert.Equal(sizes, received);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Both_sides_take_turns_and_half_close_ends_the_call(Transport transport)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        using var call = Client(host).Chat();
        foreach (var size in (int[])[31_415, 9, 2_653, 58_979])
        {
            await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(size) });
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(size, Size(call.ResponseStream.Current));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_stream_may_have_no_message()
    {
        await using var host = await GrpcHost.StartAsync();
        using var chat = Client(host).Chat();
        await chat.RequestStream.CompleteAsync();
        using var upload = Client(host).Upload();
        await upload.RequestStream.CompleteAsync();
        using var download = Client(host).Download(new SimpleRequest());

        Assert.False(await chat.ResponseStream.MoveNext());
        Assert.False(await download.ResponseStream.MoveNext());
        Assert.Equal("0", (await upload).Username);
        Assert.DoesNotContain(await download.ResponseHeadersAsync, entry => entry.Key.StartsWith("x-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Thousands_of_small_messages_arrive_in_both_directions()
    {
        await using var host = await GrpcHost.StartAsync();
        using var call = Client(host).Chat();
        var reading = call.ResponseStream.ReadAllAsync().Select(Size).ToListAsync();
        for (var number = 0; number < Many; number++)
        {
            await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(number % 7) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(Enumerable.Range(0, Many).Select(number => number % 7), await reading);
    }

    [Fact]
    public async Task Headers_go_out_before_any_message_when_the_handler_says_so()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Chat = async (requests, responses, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x-first", "1" } });
            Assert.True(await requests.MoveNext());
            await responses.WriteAsync(new SimpleResponse());
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
        };
        using var call = Client(host).Chat();

        Assert.Equal("1", (await call.ResponseHeadersAsync).GetValue("x-first"));
        await call.RequestStream.WriteAsync(new SimpleRequest());
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_handler_that_fails_ends_the_stream_with_its_status_and_trailers(int messages)
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Download = async (_, responses, context) =>
        {
            for (var sent = 0; sent < messages; sent++)
            {
                await responses.WriteAsync(Kilobyte);
            }

            context.ResponseTrailers.Add("x-own", "1");
            throw new RpcException(new Status(StatusCode.DataLoss, "50% lost"), new Metadata { { "x-thrown", "2" } });
        };
        using var call = Client(host).Download(new SimpleRequest());
        var received = 0;
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in call.ResponseStream.ReadAllAsync())
            {
                received++;
            }
        });

        Assert.Equal((messages, StatusCode.DataLoss, "50% lost"), (received, failure.StatusCode, failure.Status.Detail));
        Assert.Equal(("1", "2"), (failure.Trailers.GetValue("x-own"), failure.Trailers.GetValue("x-thrown")));
        Assert.Equal(StatusCode.DataLoss, call.GetStatus().StatusCode);
        Assert.Same(failure.Status.Detail, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).Status.Detail);
    }

    [Fact]
    public async Task A_status_set_without_throwing_ends_the_stream()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Download = async (_, responses, context) =>
        {
            await responses.WriteAsync(Kilobyte);
            context.Status = new Status(StatusCode.Aborted, "enough");
        };
        using var call = Client(host).Download(new SimpleRequest());

        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Aborted, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    [Fact]
    public async Task An_unhandled_exception_tells_the_client_nothing_of_itself()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Chat = (_, _, _) => throw new InvalidOperationException("secret");
        using var call = Client(host).Chat();
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());

        Assert.Equal((StatusCode.Unknown, "exception was thrown by handler"), (failure.StatusCode, failure.Status.Detail));
        Assert.Contains(host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task A_server_may_answer_before_the_requests_end()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Upload = async (requests, _) =>
        {
            Assert.True(await requests.MoveNext());
            return new SimpleResponse { Username = "enough" };
        };
        using var call = Client(host).Upload();
        await call.RequestStream.WriteAsync(new SimpleRequest());

        Assert.Equal("enough", (await call).Username);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(1000) });
            }
        });
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task One_write_and_one_read_at_a_time()
    {
        await using var host = await GrpcHost.StartAsync();
        var errors = new List<Exception?>();
        var filled = new TaskCompletionSource();
        host.Journal.Chat = async (requests, responses, _) =>
        {
            var reading = requests.MoveNext();
            errors.Add(await Record.ExceptionAsync(() => requests.MoveNext()));
            var writing = FillAsync(responses);
            await writing.Blocked;
            errors.Add(await Record.ExceptionAsync(() => responses.WriteAsync(Kilobyte)));
            filled.SetResult();
            await writing.Write;
            await reading;
        };
        using var call = Client(host).Chat();
        var first = call.ResponseStream.MoveNext();
        var second = await Record.ExceptionAsync(() => call.ResponseStream.MoveNext());
        await filled.Task;
        Assert.True(await first);
        await call.RequestStream.WriteAsync(new SimpleRequest());
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.ReadAllAsync().CountAsync();

        Assert.IsType<InvalidOperationException>(second);
        Assert.All(errors, error => Assert.IsType<InvalidOperationException>(error));
        Assert.Equal(2, errors.Count);
    }

    [Fact]
    public async Task Neither_side_writes_after_the_end()
    {
        await using var host = await GrpcHost.StartAsync();
        IServerStreamWriter<SimpleResponse>? kept = null;
        IAsyncStreamReader<SimpleRequest>? keptReader = null;
        host.Journal.Chat = async (requests, responses, _) =>
        {
            (kept, keptReader) = (responses, requests);
            await requests.ReadAllAsync().CountAsync();
        };
        using var call = Client(host).Chat();
        await call.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new SimpleRequest()));
        Assert.False(await call.ResponseStream.MoveNext());

        await Assert.ThrowsAsync<InvalidOperationException>(() => kept!.WriteAsync(new SimpleResponse()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => keptReader!.MoveNext());
        await Assert.ThrowsAsync<ArgumentNullException>(() => call.RequestStream.WriteAsync(null!));
    }

    [Fact]
    public async Task What_a_handler_leaves_under_way_ends_with_it_and_what_it_wrote_is_sent()
    {
        await using var host = await GrpcHost.StartAsync();
        Task? read = null;
        Task? write = null;
        var written = 0;
        host.Journal.Chat = async (requests, responses, _) =>
        {
            read = requests.MoveNext();
            var filling = FillAsync(responses);
            await filling.Blocked;
            write = filling.Write;
            written = filling.Count();
        };
        using var call = Client(host).Chat();
        await call.ResponseHeadersAsync;
        await Eventually.TrueAsync(() => read is { IsCompleted: true } && write is { IsCompleted: true });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read!);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write!);
        Assert.Equal(written, await call.ResponseStream.ReadAllAsync().CountAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_client_that_does_not_read_makes_the_handler_wait_and_gets_everything_when_it_does()
    {
        await using var host = await GrpcHost.StartAsync();
        var blockedAt = new TaskCompletionSource<int>();
        host.Journal.Download = async (_, responses, _) =>
        {
            var filling = FillAsync(responses);
            await filling.Blocked;
            blockedAt.SetResult(filling.Count());
            await filling.Write;
        };
        using var call = Client(host).Download(new SimpleRequest());

        // The window of the client, 64 KiB, and Kestrel's buffer, as much again.
        Assert.InRange(await blockedAt.Task, 1, 400);
        Assert.Equal(Many, await call.ResponseStream.ReadAllAsync().CountAsync());
    }

    [Fact]
    public async Task A_server_that_does_not_read_makes_the_client_wait()
    {
        await using var host = await GrpcHost.StartAsync(kestrel: options => options.Limits.Http2.InitialStreamWindowSize = 65_535);
        var release = new TaskCompletionSource();
        host.Journal.Upload = async (requests, _) =>
        {
            await release.Task;
            return new SimpleResponse { Username = $"{await requests.ReadAllAsync().CountAsync()}" };
        };
        using var call = Client(host).Upload();
        var request = new SimpleRequest { Payload = Bytes(1000) };
        var sent = 0;
        var writing = Task.CompletedTask;
        while (sent < Many && await CompletesAsync(writing))
        {
            writing = call.RequestStream.WriteAsync(request);
            sent++;
        }

        Assert.InRange(sent, 1, 400);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.CompleteAsync());
        release.SetResult();
        await writing;
        await call.RequestStream.CompleteAsync();
        Assert.Equal($"{sent}", (await call).Username);
    }

    [Fact]
    public async Task Each_message_has_the_limit_and_not_the_stream()
    {
        await using var host = await GrpcHost.StartAsync(
            grpc: options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (1100, 1100),
            kestrel: options => options.Limits.MaxRequestBodySize = 2000);
        using var call = Client(host).Chat();
        for (var number = 0; number < 50; number++)
        {
            await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(1000) });
            Assert.True(await call.ResponseStream.MoveNext());
        }

        await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(1101) });
        var received = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        host.Journal.Download = (_, responses, _) => responses.WriteAsync(new SimpleResponse { Payload = Bytes(1101) });
        using var download = Client(host).Download(new SimpleRequest());
        var sent = await Assert.ThrowsAsync<RpcException>(() => download.ResponseStream.MoveNext());

        Assert.Equal(StatusCode.ResourceExhausted, received.StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, sent.StatusCode);
    }

    [Fact]
    public async Task Each_message_has_the_clients_limits()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Download = (_, responses, _) => responses.WriteAsync(Kilobyte);
        var client = new Prober.ProberClient(host.Channel(options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (999, 999)));
        using var download = client.Download(new SimpleRequest());
        using var upload = client.Upload();

        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => download.ResponseStream.MoveNext())).StatusCode);
        Assert.Equal(
            StatusCode.ResourceExhausted,
            (await Assert.ThrowsAsync<RpcException>(() => upload.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(1000) }))).StatusCode);

        // Nothing of it was sent: the stream goes on.
        await upload.RequestStream.WriteAsync(new SimpleRequest());
        await upload.RequestStream.CompleteAsync();
        Assert.Equal("1", (await upload).Username);
    }

    // The lowest data rate that Kestrel checks by default would end such a stream, and its connection, after some seconds.
    [Fact]
    public async Task An_idle_stream_is_left_alone_and_kept_alive_by_pings_of_both_sides()
    {
        await using var host = await GrpcHost.StartAsync(kestrel: options =>
        {
            options.Limits.MinRequestBodyDataRate = new MinDataRate(10_000, TimeSpan.FromSeconds(1.1));
            options.Limits.MinResponseDataRate = new MinDataRate(10_000, TimeSpan.FromSeconds(1.1));
            options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1.1);
            options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
        });
        var handler = host.Handler();
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
        using var call = new Prober.ProberClient(host.Channel(handler: handler)).Chat();
        await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(1) });
        Assert.True(await call.ResponseStream.MoveNext());
        await Task.Delay(TimeSpan.FromSeconds(4));
        await call.RequestStream.WriteAsync(new SimpleRequest { Payload = Bytes(2) });

        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(2, Size(call.ResponseStream.Current));
    }

    private static Prober.ProberClient Client(GrpcHost host) => new(host.Channel());

    private static Payload Bytes(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static int Size(SimpleResponse response) => response.Payload.Body.Length;

    private static async Task<bool> CompletesAsync(Task task)
    {
        var done = await Task.WhenAny(task, Task.Delay(500)) == task;
        if (done)
        {
            await task;
        }

        return done;
    }

    private static Filling FillAsync(IServerStreamWriter<SimpleResponse> responses)
    {
        var blocked = new TaskCompletionSource();
        var count = 0;
        return new(WriteAsync(), blocked.Task, () => count);

        async Task WriteAsync()
        {
            while (count < Many)
            {
                var write = responses.WriteAsync(Kilobyte);
                count++;
                if (!await Task.WhenAny(write, Task.Delay(500)).ContinueWith(done => done.Result == write, TaskScheduler.Default))
                {
                    blocked.TrySetResult();
                }

                await write;
            }

            blocked.TrySetResult();
        }
    }

    private sealed record Filling(Task Write, Task Blocked, Func<int> Count);
}
