using System.Buffers;
using System.Net;
using System.Net.Http;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One unary call. Its outcome is set once, by whoever is first: the answer, the deadline, or the caller giving up.</summary>
internal sealed class UnaryClientCall<TRequest, TResponse>(
    HttpMessageInvoker http,
    Method<TRequest, TResponse> method,
    GrpcChannelOptions channel,
    CallOptions options,
    CancellationToken closed)
    where TRequest : class
    where TResponse : class
{
    private const string UserAgent = "meshca-grpc/0.1";
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);
    private static readonly Status Exceeded = new(StatusCode.DeadlineExceeded, "deadline exceeded");
    private static readonly Status GivenUp = new(StatusCode.Cancelled, "the call was cancelled by the client");

    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation =
        CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, closed);

    private ReceivedResponse<TResponse>? _outcome;

    /// <summary>Sends the request.</summary>
    public AsyncUnaryCall<TResponse> Start(Uri uri, string? host, TRequest request) =>
        new(RunAsync(uri, host, request), _headers.Task, () => Ended().Status, () => Ended().Trailers, GiveUp);

    private async Task<TResponse> RunAsync(Uri uri, string? host, TRequest request)
    {
        using var cancellation = _cancellation;
        using var deadline = StartDeadline(out var timeout);
        if (_outcome is null)
        {
            TrySet(AfterDeadline(await ExchangeAsync(uri, host, request, timeout)));
        }

        var (message, status, trailers) = Ended();
        if (message is not null)
        {
            return message;
        }

        var failure = new RpcException(status, trailers);
        if (_headers.TrySetException(failure))
        {
            _ = _headers.Task.Exception; // Few callers look at the headers; the task is not to count as unobserved.
        }

        throw failure;
    }

    // A server enforces the deadline too, and its reset may come before this side's timer.
    private ReceivedResponse<TResponse> AfterDeadline(ReceivedResponse<TResponse> outcome) =>
        outcome.Status.StatusCode == StatusCode.Cancelled
        && !options.CancellationToken.IsCancellationRequested
        && options.Deadline is { } deadline
        && ToUtc(deadline) <= UtcNow()
            ? Failed(Exceeded)
            : outcome;

    private async Task<ReceivedResponse<TResponse>> ExchangeAsync(
        Uri uri, string? host, TRequest request, TimeSpan? timeout)
    {
        try
        {
            using var message = CreateMessage(uri, host, request, timeout);
            using var response = await http.SendAsync(message, _cancellation.Token);
            if (!response.Headers.NonValidated.Contains(HeaderNames.Status))
            {
                _headers.TrySetResult(ResponseReader.ReadMetadata(response.Headers));
            }

            return await ResponseReader.ReadAsync(
                response, method.ResponseMarshaller.ContextualDeserializer, channel.MaxReceiveMessageSize, _cancellation.Token);
        }
        catch (RpcException unsendable)
        {
            return Failed(unsendable.Status);
        }
        catch (Exception lost) when (TransportFailure.IsTransport(lost))
        {
            return Failed(TransportFailure.ToStatus(lost, _cancellation.IsCancellationRequested));
        }
    }

    private HttpRequestMessage CreateMessage(Uri uri, string? host, TRequest request, TimeSpan? timeout)
    {
        var frame = new ArrayBufferWriter<byte>();
        FrameWriter.Write(request, method.RequestMarshaller.ContextualSerializer, frame, channel.MaxSendMessageSize);
        var message = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new RequestContent(frame.WrittenMemory),
        };
        message.Headers.TryAddWithoutValidation("te", "trailers");
        message.Headers.TryAddWithoutValidation("user-agent", UserAgent);
        message.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, HeaderNames.Identity);
        message.Headers.Host = host;
        if (timeout is { } left)
        {
            message.Headers.TryAddWithoutValidation(HeaderNames.Timeout, TimeoutHeader.Format(left));
        }

        AddMetadata(message);
        return message;
    }

    private void AddMetadata(HttpRequestMessage message)
    {
        foreach (var entry in options.Headers ?? Metadata.Empty)
        {
            if (!MetadataHeaders.TryFormat(entry, out var value))
            {
                throw new RpcException(new Status(StatusCode.Internal, $"`{entry.Key}` cannot be sent as metadata"));
            }

            message.Headers.TryAddWithoutValidation(entry.Key, value);
        }
    }

    private Timer? StartDeadline(out TimeSpan? timeout)
    {
        timeout = null;
        if (options.Deadline is not { } deadline || deadline == DateTime.MaxValue)
        {
            return null;
        }

        timeout = ToUtc(deadline) - UtcNow();
        if (timeout <= TimeSpan.Zero)
        {
            TrySet(Failed(Exceeded));
            return null;
        }

        return timeout > LongestTimer
            ? null
            : new Timer(static call => ((UnaryClientCall<TRequest, TResponse>)call!).End(Exceeded), this, timeout.Value, Timeout.InfiniteTimeSpan);
    }

    // The real options type has no clock to take, so neither has this.
    private static DateTime UtcNow() => TimeProvider.System.GetUtcNow().UtcDateTime;

    private static DateTime ToUtc(DateTime time) =>
        time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime();

    private void GiveUp() => End(GivenUp);

    // The outcome first: once the request is cancelled, whatever it ends with comes too late to be one.
    private void End(Status status)
    {
        if (!TrySet(Failed(status)))
        {
            return;
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The exchange ended in between.
        }
    }

    private bool TrySet(ReceivedResponse<TResponse> outcome) =>
        Interlocked.CompareExchange(ref _outcome, outcome, null) is null;

    private ReceivedResponse<TResponse> Ended() =>
        _outcome ?? throw new InvalidOperationException("the call has not ended");

    private static ReceivedResponse<TResponse> Failed(Status status) => new(null, status, []);
}
