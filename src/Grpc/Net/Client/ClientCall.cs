using System.Net;
using System.Net.Http;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One call. Its outcome is set once, by whoever is first: the answer, the deadline, or the caller giving up.</summary>
internal abstract class ClientCall : IDisposable
{
    private const string UserAgent = "meshca-grpc/0.1";
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);
    private static readonly CallOutcome Exceeded = new(StatusCode.DeadlineExceeded, "deadline exceeded");
    private static readonly CallOutcome GivenUp = new(StatusCode.Cancelled, "the call was cancelled by the client");

    private readonly HttpMessageInvoker _http;
    private readonly CallOptions _options;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation;
    private CallOutcome? _outcome;
    private Timer? _timer;

    /// <summary>A call that is not sent yet.</summary>
    /// <param name="http">Sends requests.</param>
    /// <param name="channel">The channel's _options.</param>
    /// <param name="options">The call's _options.</param>
    /// <param name="closed">Cancelled when the channel is disposed.</param>
    protected ClientCall(HttpMessageInvoker http, GrpcChannelOptions channel, CallOptions options, CancellationToken closed)
    {
        _http = http;
        _options = options;
        Channel = channel;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, closed);
        Cancellation = _cancellation.Token;
    }

    /// <summary>The response headers, or an <see cref="RpcException"/>.</summary>
    public Task<Metadata> Headers => _headers.Task;

    /// <summary>How the call ended; null while it has not.</summary>
    public CallOutcome? Outcome => Volatile.Read(ref _outcome);

    /// <summary>Cancelled when the call is given up or its deadline passes.</summary>
    public CancellationToken Cancellation { get; }

    protected GrpcChannelOptions Channel { get; }

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    public CallOutcome Ended() => Outcome ?? throw new InvalidOperationException("the call has not ended");

    /// <summary>Cancels the call, unless it has ended.</summary>
    public void GiveUp() => End(GivenUp);

    public virtual void Dispose()
    {
        _timer?.Dispose();
        _cancellation.Dispose();
    }

    /// <summary>Starts the timer of the deadline.</summary>
    /// <returns>What is left, for the server; null without a deadline. A deadline in the past has ended the call.</returns>
    protected TimeSpan? StartDeadline()
    {
        if (_options.Deadline is not { } deadline || deadline == DateTime.MaxValue)
        {
            return null;
        }

        var timeout = ToUtc(deadline) - UtcNow();
        if (timeout <= TimeSpan.Zero)
        {
            TrySet(Exceeded);
        }
        else if (timeout <= LongestTimer)
        {
            _timer = new Timer(static call => ((ClientCall)call!).End(Exceeded), this, timeout, Timeout.InfiniteTimeSpan);
        }

        return timeout;
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The response, once its headers are there.</returns>
    /// <exception cref="RpcException">The metadata cannot be sent.</exception>
    protected Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, string? host, TimeSpan? timeout)
    {
        message.Method = HttpMethod.Post;
        message.Version = HttpVersion.Version20;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        message.Headers.TryAddWithoutValidation("te", "trailers");
        message.Headers.TryAddWithoutValidation("user-agent", UserAgent);
        message.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, HeaderNames.Identity);
        message.Headers.Host = host;
        if (timeout is { } left)
        {
            message.Headers.TryAddWithoutValidation(HeaderNames.Timeout, TimeoutHeader.Format(left));
        }

        AddMetadata(message);
        return _http.SendAsync(message, Cancellation);
    }

    /// <summary>Shows the headers to who waits for them.</summary>
    protected void ShowHeaders(HttpResponseMessage response) => _headers.TrySetResult(ResponseReader.ReadMetadata(response.Headers));

    /// <summary>Sets the outcome, unless there is one.</summary>
    protected bool TrySet(CallOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, AfterDeadline(outcome), null) is not null)
        {
            return false;
        }

        if (!_headers.Task.IsCompleted && _headers.TrySetException(Ended().ToException()))
        {
            _ = _headers.Task.Exception; // Few callers look at the headers; the task is not to count as unobserved.
        }

        return true;
    }

    /// <summary>The outcome of a call whose request or response was broken off.</summary>
    protected CallOutcome Lost(Exception exception) =>
        new(TransportFailure.ToStatus(exception, Cancellation.IsCancellationRequested));

    // A server enforces the deadline too, and its reset may come before this side's timer.
    private CallOutcome AfterDeadline(CallOutcome outcome) =>
        outcome.Status.StatusCode == StatusCode.Cancelled
        && !ReferenceEquals(outcome, GivenUp)
        && !_options.CancellationToken.IsCancellationRequested
        && _options.Deadline is { } deadline
        && ToUtc(deadline) <= UtcNow()
            ? Exceeded
            : outcome;

    private void AddMetadata(HttpRequestMessage message)
    {
        foreach (var entry in _options.Headers ?? Metadata.Empty)
        {
            if (!MetadataHeaders.TryFormat(entry, out var value))
            {
                throw new RpcException(new Status(StatusCode.Internal, $"`{entry.Key}` cannot be sent as metadata"));
            }

            message.Headers.TryAddWithoutValidation(entry.Key, value);
        }
    }

    // The real options type has no clock to take, so neither has this.
    private static DateTime UtcNow() => TimeProvider.System.GetUtcNow().UtcDateTime;

    private static DateTime ToUtc(DateTime time) =>
        time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime();

    // The outcome first: once the request is cancelled, whatever it ends with comes too late to be one.
    private void End(CallOutcome outcome)
    {
        if (!TrySet(outcome))
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
}
