using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TestSupport;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>What ends a stream from outside: its deadline, its client, the stop of its server.</summary>
public sealed class StreamEndTests
{
    private static readonly SimpleResponse Kilobyte = new() { Payload = new Payload { Body = ByteString.CopyFrom(new byte[1000]) } };

    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource<Exception?> _thrown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public enum Waiting
    {
        /// <summary>The handler waits for a request.</summary>
        Reads,

        /// <summary>The handler waits for a client that does not read.</summary>
        Writes,

        /// <summary>The handler waits for something of its own, with the call's token.</summary>
        Hangs,

    }

    public static TheoryData<Waiting> Waitings() => [Waiting.Reads, Waiting.Writes, Waiting.Hangs];

    [Theory, MemberData(nameof(Waitings))]
    public async Task At_the_deadline_the_client_is_told_and_the_handler_ends(Waiting waiting)
    {
        await using var host = await GrpcHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(_clock));
        Wait(host, waiting);

        // The client's own deadline would end the call as well: only the server is told of this one.
        using var call = Client(host).Chat(new Metadata { { "x", "1" } }, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1));
        var reading = waiting == Waiting.Writes ? null : call.ResponseStream.MoveNext();
        await _begun.Task;
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.IsAssignableFrom<OperationCanceledException>(await _thrown.Task);
        var end = await Assert.ThrowsAsync<RpcException>(() => (Task?)reading ?? call.ResponseStream.ReadAllAsync().CountAsync().AsTask());
        Assert.True(end.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Cancelled, end.Message);
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Event == 1002));
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);
        Assert.Equal(0, _clock.TimerCount);
    }

    [Fact]
    public async Task A_deadline_after_messages_comes_as_a_trailer()
    {
        await using var host = await GrpcHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(_clock));
        host.Journal.Download = async (_, responses, context) =>
        {
            await responses.WriteAsync(new SimpleResponse());
            await host.Journal.HangAsync("call", context.CancellationToken);
        };
        var call = new RawCall { Path = "/grpc.testing.Prober/Download", Headers = [("grpc-timeout", "1S")] };
        var answer = call.SendAsync(host.Http(), host.Address);
        await host.Journal.Started("call");
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(("4", 5), ((await answer).Trailers["grpc-status"], (await answer).Body.Length));
        await host.Journal.Cancelled("call");
    }

    // The transport's fault and the handler's own token come at once then, in either order.
    [Fact]
    public async Task A_handler_that_reads_with_a_token_which_follows_the_calls_is_told_the_same_when_the_client_gives_up()
    {
        await using var host = await GrpcHost.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            var (begun, thrown) = (NewSource<bool>(), NewSource<Exception>());
            host.Journal.Chat = async (requests, _, context) =>
            {
                using var own = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
                begun.SetResult(true);
                thrown.SetResult(await Assert.ThrowsAnyAsync<Exception>(() => requests.MoveNext(own.Token)));
                throw await thrown.Task;
            };
            using var call = Client(host).Chat();
            await begun.Task;
            call.Dispose();
            Assert.IsAssignableFrom<OperationCanceledException>(await thrown.Task);
        }

        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);

        static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Theory, MemberData(nameof(Waitings))]
    public async Task A_client_that_gives_up_ends_the_handler(Waiting waiting)
    {
        await using var host = await GrpcHost.StartAsync();
        Wait(host, waiting);
        using var call = Client(host).Chat();
        if (waiting == Waiting.Writes)
        {
            Assert.True(await call.ResponseStream.MoveNext());
        }

        await _begun.Task;
        call.Dispose();

        Assert.IsAssignableFrom<OperationCanceledException>(await _thrown.Task);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new SimpleRequest()))).StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Event == 1001));
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task A_token_of_a_call_ends_its_reads_and_writes()
    {
        await using var host = await GrpcHost.StartAsync();
        Wait(host, Waiting.Reads);
        using var cancellation = new CancellationTokenSource();
        using var call = Client(host).Chat(cancellationToken: cancellation.Token);
        var reading = call.ResponseStream.MoveNext();
        await _begun.Task;
        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => reading)).StatusCode);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new SimpleRequest()))).StatusCode);
        Assert.IsAssignableFrom<OperationCanceledException>(await _thrown.Task);
    }

    [Fact]
    public async Task A_token_of_a_clients_read_ends_the_call()
    {
        await using var host = await GrpcHost.StartAsync();
        Wait(host, Waiting.Hangs);
        using var cancellation = new CancellationTokenSource();
        using var call = Client(host).Chat();
        var reading = call.ResponseStream.MoveNext(cancellation.Token);
        await _begun.Task;
        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => reading)).StatusCode);
        Assert.IsAssignableFrom<OperationCanceledException>(await _thrown.Task);
    }

    [Fact]
    public async Task A_token_of_a_servers_read_or_write_ends_only_the_wait()
    {
        await using var host = await GrpcHost.StartAsync();
        var written = 0;
        var readGivenUp = new TaskCompletionSource();
        host.Journal.Chat = async (requests, responses, _) =>
        {
            var thrown = await Record.ExceptionAsync(() => UseTokensAsync(requests, responses));
            _begun.TrySetResult();
            _thrown.SetResult(thrown);
        };
        using var call = Client(host).Chat();
        await readGivenUp.Task;
        await call.RequestStream.WriteAsync(new SimpleRequest());
        await _begun.Task;
        var received = await call.ResponseStream.ReadAllAsync().CountAsync();

        Assert.Null(await _thrown.Task);
        Assert.Equal(written, received);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);

        async Task UseTokensAsync(IAsyncStreamReader<SimpleRequest> requests, IServerStreamWriter<SimpleResponse> responses)
        {
            using var read = new CancellationTokenSource();
            var reading = requests.MoveNext(read.Token);
            await read.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            readGivenUp.SetResult();
            Assert.True(await requests.MoveNext());
            while (!await GivesUpAsync(responses))
            {
                written++;
            }

            written++; // The message of a write that is given up is on its way.
            _begun.SetResult();
            await responses.WriteAsync(Kilobyte);
            written++;
        }
    }

    [Theory, MemberData(nameof(Waitings))]
    public async Task The_stop_of_the_server_ends_streams_as_unavailable_and_waits_for_none(Waiting waiting)
    {
        await using var host = await GrpcHost.StartAsync();
        Wait(host, waiting);
        using var call = Client(host).Chat();
        var reading = waiting == Waiting.Writes ? null : call.ResponseStream.MoveNext();
        await _begun.Task;
        var stopping = host.StopAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await _thrown.Task);
        var end = await Assert.ThrowsAsync<RpcException>(() => (Task?)reading ?? call.ResponseStream.ReadAllAsync().CountAsync().AsTask());
        Assert.Equal((StatusCode.Unavailable, "the server is stopping"), (end.StatusCode, end.Status.Detail));
        await stopping;
    }

    [Fact]
    public async Task A_download_under_way_at_the_stop_ends_as_unavailable()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Download = async (_, responses, context) =>
        {
            await responses.WriteAsync(new SimpleResponse());
            await host.Journal.HangAsync("call", context.CancellationToken);
        };
        using var call = Client(host).Download(new SimpleRequest());
        Assert.True(await call.ResponseStream.MoveNext());
        var stopping = host.StopAsync();

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
        await stopping;
    }

    [Fact]
    public async Task Streams_in_a_race_with_their_deadlines_end_whole()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Download = async (request, responses, _) =>
        {
            for (var sent = 0; sent < 1 + request.ResponseSize; sent++)
            {
                await responses.WriteAsync(Kilobyte);
                await Task.Yield();
            }
        };
        var client = Client(host);

        async Task<StatusCode> RaceAsync(int number)
        {
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(1 + (number % 40));
            using var call = client.Download(new SimpleRequest { ResponseSize = number % 300 }, deadline: deadline);
            var failure = await Record.ExceptionAsync(async () => await call.ResponseStream.ReadAllAsync().CountAsync());
            return (failure as RpcException)?.StatusCode ?? (failure is null ? StatusCode.OK : throw failure);
        }

        var ends = await Task.WhenAll(Enumerable.Range(0, 300).Select(RaceAsync));

        Assert.All(ends, end => Assert.True(end is StatusCode.OK or StatusCode.DeadlineExceeded, $"{end}"));
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    private static Prober.ProberClient Client(GrpcHost host) => new(host.Channel());

    private void Wait(GrpcHost host, Waiting waiting) => host.Journal.Chat = async (requests, responses, context) =>
    {
        var thrown = await Record.ExceptionAsync(() => waiting switch
        {
            Waiting.Reads => ReadAsync(requests),
            Waiting.Writes => WriteAsync(responses),
            _ => HangAsync(context.CancellationToken),
        });
        _thrown.SetResult(thrown);
        throw thrown!;
    };

    private async Task ReadAsync(IAsyncStreamReader<SimpleRequest> requests)
    {
        var read = requests.MoveNext();
        _begun.SetResult();
        await read;
    }

    private async Task WriteAsync(IServerStreamWriter<SimpleResponse> responses)
    {
        while (true)
        {
            var write = responses.WriteAsync(Kilobyte);
            if (await Task.WhenAny(write, Task.Delay(500)) != write)
            {
                _begun.TrySetResult();
            }

            await write;
        }
    }

    // Whether a write had to wait, so that its token ended it: on a busy machine one that takes long may still complete.
    private static async Task<bool> GivesUpAsync(IServerStreamWriter<SimpleResponse> responses)
    {
        using var cancellation = new CancellationTokenSource();
        var writing = responses.WriteAsync(Kilobyte, cancellation.Token);
        if (await Task.WhenAny(writing, Task.Delay(500)) != writing)
        {
            await cancellation.CancelAsync();
        }

        return await Record.ExceptionAsync(() => writing) is OperationCanceledException;
    }

    private async Task HangAsync(CancellationToken cancellationToken)
    {
        _begun.SetResult();
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
