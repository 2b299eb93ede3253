using System.Net.Http;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TestSupport;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>Deadlines and cancellation, as the server enforces them.</summary>
public sealed class DeadlineTests
{
    private static readonly (string, string)[] OneSecond = [("te", "trailers"), ("grpc-timeout", "1S")];

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task At_the_deadline_the_call_ends_and_its_handler_is_cancelled()
    {
        await using var host = await StartAsync();
        host.Journal.Handler = async (_, context) =>
        {
            await host.Journal.HangAsync("call", context.CancellationToken);
            return new SimpleResponse();
        };

        var answer = new RawCall { Headers = OneSecond }.SendAsync(host.Http(), host.Address);
        await host.Journal.Started("call");
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(host.Journal.Cancelled("call").IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(4, (await answer).Status);
        await host.Journal.Cancelled("call");
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task A_handler_that_ignores_the_deadline_no_longer_reaches_the_client()
    {
        await using var host = await StartAsync();
        var release = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        host.Journal.Handler = async (_, context) =>
        {
            started.SetResult();
            await release.Task;
            context.ResponseTrailers.Add("x-late", "1");
            return new SimpleResponse { Username = "late" };
        };

        var http = host.Http();
        var answer = new RawCall { Headers = OneSecond }.SendAsync(http, host.Address);
        await started.Task;
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((4, 0), ((await answer).Status, (await answer).Body.Length));
        release.SetResult();
        host.Journal.Handler = (_, _) => Task.FromResult(new SimpleResponse());
        Assert.Equal(0, (await new RawCall().SendAsync(http, host.Address)).Status);
    }

    [Fact]
    public async Task A_request_that_never_ends_is_ended_by_its_deadline()
    {
        await using var host = await StartAsync();
        var never = new TaskCompletionSource();
        var call = new RawCall { Headers = OneSecond, Pieces = [[0, 0, 0]], End = never.Task };

        var answer = call.SendAsync(host.Http(), host.Address);
        await Eventually.TrueAsync(() => _clock.TimerCount > 0);
        _clock.Advance(TimeSpan.FromSeconds(1));

        // The reset behind it ends the upload, and does not hide the status (RFC 9113 §8.1).
        Assert.Equal(4, (await answer).Status);
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Event == 1002));
        never.SetResult();
    }

    [Fact]
    public async Task After_headers_the_deadline_comes_as_a_trailer()
    {
        await using var host = await StartAsync();
        host.Journal.Handler = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x", "1" } });
            await host.Journal.HangAsync("call", context.CancellationToken);
            return new SimpleResponse();
        };

        var answer = new RawCall { Headers = OneSecond }.SendAsync(host.Http(), host.Address);
        await host.Journal.Started("call");
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("4", (await answer).Trailers["grpc-status"]);
        Assert.Equal("1", (await answer).Headers["x"]);
    }

    [Fact]
    public async Task Headers_cannot_be_written_after_the_deadline()
    {
        await using var host = await StartAsync();
        Exception? thrown = null;
        var done = new TaskCompletionSource();
        host.Journal.Handler = async (_, context) =>
        {
            await Record.ExceptionAsync(() => host.Journal.HangAsync("call", context.CancellationToken));
            thrown = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
            done.SetResult();
            return new SimpleResponse();
        };

        var answer = new RawCall { Headers = OneSecond }.SendAsync(host.Http(), host.Address);
        await host.Journal.Started("call");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await answer;
        await done.Task;

        Assert.True(thrown is InvalidOperationException or OperationCanceledException, thrown?.ToString());
    }

    [Fact]
    public async Task The_handler_sees_the_deadline_in_utc()
    {
        await using var host = await StartAsync();
        DateTime deadline = default;
        host.Journal.Handler = (_, context) =>
        {
            deadline = context.Deadline;
            return Task.FromResult(new SimpleResponse());
        };
        await new RawCall { Headers = OneSecond }.SendAsync(host.Http(), host.Address);

        Assert.Equal(_clock.GetUtcNow().UtcDateTime.AddSeconds(1), deadline);
        Assert.Equal(DateTimeKind.Utc, deadline.Kind);
        Assert.Equal(0, _clock.TimerCount);
    }

    [Fact]
    public async Task A_client_that_gives_up_cancels_the_handler()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = async (_, context) =>
        {
            await host.Journal.HangAsync("call", context.CancellationToken);
            return new SimpleResponse();
        };
        using var cancellation = new CancellationTokenSource();
        var call = new Prober.ProberClient(host.Channel()).CallAsync(new SimpleRequest(), cancellationToken: cancellation.Token);
        await host.Journal.Started("call");
        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await call);
        await host.Journal.Cancelled("call");
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Event == 1001));
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Event == 1000);
    }

    [Fact]
    public async Task A_client_lost_in_the_middle_of_its_request_is_no_error()
    {
        await using var host = await GrpcHost.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = new RawCall { Pieces = [[0, 0, 0, 0, 9, 1]], End = Task.Delay(Timeout.Infinite, cancellation.Token) };
        var answer = call.SendAsync(host.Http(), host.Address, cancellation.Token);
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Text.Contains("Executing endpoint", StringComparison.Ordinal)));
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await Eventually.TrueAsync(() => host.Logs.Entries.Any(entry => entry.Event == 1003));
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Every_call_in_a_race_with_its_deadline_has_one_of_two_ends()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            await Task.Delay(request.ResponseSize % 4);
            return new SimpleResponse { Username = "whole" };
        };
        var http = host.Http();

        async Task<string> RaceAsync(int number)
        {
            var size = number % 4;
            var call = new RawCall
            {
                Headers = [("grpc-timeout", $"{1 + (number % 3)}m")],
                Pieces = [RawCall.Frame(size == 0 ? [] : [0x10, (byte)size])],
            };
            try
            {
                var answer = await call.SendAsync(http, host.Address);
                return $"{answer.Status} with {answer.Body.Length} bytes";
            }
            catch (HttpRequestException exception) when (exception.InnerException is HttpProtocolException { ErrorCode: 8 })
            {
                return "4 with 0 bytes"; // The deadline passed before the request had arrived whole.
            }
        }

        var ends = await Task.WhenAll(Enumerable.Range(0, 400).Select(RaceAsync));

        Assert.All(ends, end => Assert.True(end is "0 with 12 bytes" or "4 with 0 bytes", end));
        Assert.DoesNotContain(host.Logs.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    private Task<GrpcHost> StartAsync() =>
        GrpcHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(_clock));
}
