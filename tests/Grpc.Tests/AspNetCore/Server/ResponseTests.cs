using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>How a handler's result reaches the wire.</summary>
public sealed class ResponseTests
{
    [Fact]
    public async Task A_response_is_headers_one_message_and_trailers()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, _) => Task.FromResult(new SimpleResponse { Username = "a" });

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal((200, "application/grpc"), (answer.HttpStatus, answer.ContentType));
        Assert.Equal("0000000003120161", Convert.ToHexString(answer.Body));
        Assert.Equal("0", answer.Trailers["grpc-status"]);
        Assert.DoesNotContain("grpc-message", answer.Trailers.Keys);
    }

    [Fact]
    public async Task A_refusal_is_one_block_of_headers_with_its_trailers()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, context) =>
        {
            context.ResponseTrailers.Add("x-own", "1");
            throw new RpcException(
                new Status(StatusCode.FailedPrecondition, "50% \u263a"),
                new Metadata { { "grpc-status-details-bin", [8, 9] }, { "x-more", "2" } });
        };

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal((200, 9, "50%25 %E2%98%BA"), (answer.HttpStatus, answer.Status, answer.Message));
        Assert.Empty(answer.Trailers);
        Assert.Equal(("1", "2", "CAk"), (answer.Headers["x-own"], answer.Headers["x-more"], answer.Headers["grpc-status-details-bin"]));
    }

    [Theory]
    [InlineData(false, "exception was thrown by handler")]
    [InlineData(true, "exception was thrown by handler: InvalidTimeZoneException: secret")]
    public async Task An_unhandled_exception_is_unknown_and_logged_once(bool detailed, string message)
    {
        await using var host = await GrpcHost.StartAsync(grpc: options => options.EnableDetailedErrors = detailed);
        host.Journal.Handler = (_, _) => throw new InvalidTimeZoneException("secret");

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal((2, message), (answer.Status, answer.Message));
        Assert.Single(host.Logs.Entries, entry => entry is { Level: >= LogLevel.Error, Event: 1000 });
        Assert.Single(host.Logs.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_calls_is_a_failure()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, _) => throw new OperationCanceledException();

        Assert.Equal(2, (await new RawCall().SendAsync(host.Http(), host.Address)).Status);
    }

    [Fact]
    public async Task A_null_response_is_internal()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, _) => Task.FromResult<SimpleResponse>(null!);

        Assert.Equal(13, (await new RawCall().SendAsync(host.Http(), host.Address)).Status);
    }

    [Fact]
    public async Task A_status_set_by_a_handler_that_returns_follows_the_message()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, context) =>
        {
            context.Status = new Status(StatusCode.DataLoss, "partly");
            return Task.FromResult(new SimpleResponse());
        };

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal(5, answer.Body.Length);
        Assert.Equal(("15", "partly"), (answer.Trailers["grpc-status"], answer.Trailers["grpc-message"]));
    }

    [Fact]
    public async Task The_default_status_ends_a_call_as_ok()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, context) =>
        {
            context.Status = default;
            return Task.FromResult(new SimpleResponse());
        };

        Assert.Equal("0", (await new RawCall().SendAsync(host.Http(), host.Address)).Trailers["grpc-status"]);
    }

    [Fact]
    public async Task A_trailer_that_cannot_be_sent_is_left_out_with_a_warning()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, context) =>
        {
            context.ResponseTrailers.Add("x-bad", "two\r\nlines");
            context.ResponseTrailers.Add("grpc-status", "7");
            context.ResponseTrailers.Add("x-good", "1");
            return Task.FromResult(new SimpleResponse());
        };

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal(("0", "1"), (answer.Trailers["grpc-status"], answer.Trailers["x-good"]));
        Assert.DoesNotContain("x-bad", answer.Trailers.Keys);
        Assert.Contains(host.Logs.Entries, entry => entry.Event == 1004);
    }

    [Fact]
    public async Task Response_headers_are_sent_at_once_and_once()
    {
        await using var host = await GrpcHost.StartAsync();
        Exception? second = null;
        var release = new TaskCompletionSource();
        host.Journal.Handler = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x-early", "1" }, { "x-bytes-bin", [0xAB] } });
            second = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
            await release.Task;
            return new SimpleResponse();
        };

        using var call = new Prober.ProberClient(host.Channel()).CallAsync(new SimpleRequest());
        var headers = await call.ResponseHeadersAsync;

        Assert.False(call.ResponseAsync.IsCompleted);
        Assert.Equal("1", headers.GetValue("x-early"));
        Assert.Equal([0xAB], headers.GetValueBytes("x-bytes-bin"));
        release.SetResult();
        await call;
        Assert.IsType<InvalidOperationException>(second);
    }

    [Fact]
    public async Task A_handler_may_fail_after_its_headers()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = async (_, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            throw new RpcException(new Status(StatusCode.Aborted, "late"));
        };

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal(("10", "late"), (answer.Trailers["grpc-status"], answer.Trailers["grpc-message"]));
    }

    [Fact]
    public async Task Headers_that_cannot_be_sent_are_the_handlers_fault()
    {
        await using var host = await GrpcHost.StartAsync();
        Exception? thrown = null;
        host.Journal.Handler = async (_, context) =>
        {
            thrown = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync(new Metadata { { "x", "\u263a" } }));
            return new SimpleResponse();
        };

        Assert.Equal(0, (await new RawCall().SendAsync(host.Http(), host.Address)).Status);
        Assert.IsType<ArgumentException>(thrown);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 8)]
    public async Task A_response_above_the_limit_for_sending_is_resource_exhausted(int size, int status)
    {
        await using var host = await GrpcHost.StartAsync(grpc: options => options.MaxSendMessageSize = 12);
        host.Journal.Handler = (_, _) => Task.FromResult(
            new SimpleResponse { Username = new string('a', size) });

        var answer = await new RawCall().SendAsync(host.Http(), host.Address);

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 0 ? 17 : 0, answer.Body.Length);
    }

    [Fact]
    public async Task A_response_larger_than_all_windows_arrives_whole()
    {
        await using var host = await GrpcHost.StartAsync();
        host.Journal.Handler = (_, _) => Task.FromResult(
            new SimpleResponse { Payload = new Payload { Body = ByteString.CopyFrom(new byte[20_000_000]) } });
        var client = new Prober.ProberClient(host.Channel(options => options.MaxReceiveMessageSize = null));

        Assert.Equal(20_000_000, (await client.CallAsync(new SimpleRequest())).Payload.Body.Length);
    }
}
