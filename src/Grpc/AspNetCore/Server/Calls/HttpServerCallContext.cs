using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>A call over HTTP/2. What few handlers ask for is made when they do.</summary>
internal sealed class HttpServerCallContext : ServerCallContext, IDisposable
{
    private readonly CallDeadline? _deadline;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _authContext;

    public HttpServerCallContext(HttpContext http, string fullName, CallSettings settings)
    {
        Http = http;
        MethodCore = fullName;
        Settings = settings;
        var timeout = http.Request.Headers[HeaderNames.Timeout];
        if (timeout.Count == 1 && TimeoutHeader.TryParse(timeout[0], out var left))
        {
            _deadline = new CallDeadline(http, left, settings.Clock);
        }
    }

    public HttpContext Http { get; }

    public CallSettings Settings { get; }

    /// <summary>Whether nobody waits for a response any more.</summary>
    public bool IsOver => CancellationTokenCore.IsCancellationRequested || _deadline is { HasExpired: true };

    protected override string MethodCore { get; }

    protected override string HostCore => Http.Request.Host.Value ?? "";

    protected override string PeerCore => PeerAddress.Format(Http);

    protected override DateTime DeadlineCore => _deadline?.Time ?? DateTime.MaxValue;

    protected override CancellationToken CancellationTokenCore => _deadline?.Token ?? Http.RequestAborted;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore =>
        _authContext ??= PeerAuthentication.Describe(Http.Connection.ClientCertificate);

    // The values of Items may be null, which the gRPC library's older signature cannot say.
    protected override IDictionary<object, object> UserStateCore => Http.Items!;

    /// <summary>Says that the request was read to its end.</summary>
    public void RequestEnded() => _deadline?.RequestEnded();

    /// <summary>Claims the response; where the deadline has it, waits until its answer is out.</summary>
    /// <returns>Whether the response may be written.</returns>
    public async ValueTask<bool> TryFinishAsync()
    {
        if (_deadline is null || _deadline.TryFinish())
        {
            return true;
        }

        await _deadline.Answered;
        Log.DeadlineExceeded(Settings.Logger, MethodCore);
        return false;
    }

    /// <summary>Ends the response; <see cref="TryFinishAsync"/> must have allowed it.</summary>
    public void WriteStatus(Status status)
    {
        CallStart.SetContentType(Http);
        if (_responseTrailers is null)
        {
            StatusTrailers.Write(Http, status);
        }
        else if (StatusTrailers.Write(Http, status, _responseTrailers) is { } key)
        {
            Log.TrailerLeftOut(Settings.Logger, key, MethodCore);
        }
    }

    public void Dispose() => _deadline?.Dispose();

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (_deadline is { } deadline && !deadline.TryBeginWrite())
        {
            throw new OperationCanceledException(deadline.Token);
        }

        try
        {
            await SendHeadersAsync(responseHeaders);
        }
        finally
        {
            await (_deadline?.EndWriteAsync() ?? Task.CompletedTask);
        }
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotImplementedException("ASP.NET Core has no propagation of deadlines; pass them on as call options");

    private async Task SendHeadersAsync(Metadata headers)
    {
        if (Http.Response.HasStarted)
        {
            throw new InvalidOperationException("response headers can be sent once, and before the response");
        }

        CallStart.SetContentType(Http);
        if (StatusTrailers.Append(Http.Response.Headers, headers) is { } key)
        {
            throw new ArgumentException($"`{key}` cannot be sent as metadata", nameof(headers));
        }

        await Http.Response.StartAsync();
        await Http.Response.BodyWriter.FlushAsync();
    }

    private Metadata ReadRequestHeaders()
    {
        Metadata headers = [];
        foreach (var (name, values) in Http.Request.Headers)
        {
            foreach (var value in values)
            {
                MetadataHeaders.AddReceived(headers, name, value ?? "");
            }
        }

        return headers;
    }
}
