using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>A call over HTTP/2. What few handlers ask for is made when they do.</summary>
internal sealed class HttpServerCallContext : ServerCallContext, IDisposable
{
    private readonly CallCutoff? _cutoff;
    private readonly CallStreams? _streams;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _authContext;
    private bool _isEncodingRefused;
    private volatile bool _isClientLost;

    public HttpServerCallContext(HttpContext http, string fullName, CallSettings settings, bool streams = false)
    {
        Http = http;
        MethodCore = fullName;
        Settings = settings;
        var header = http.Request.Headers[HeaderNames.Timeout];
        TimeSpan? timeout = header.Count == 1 && TimeoutHeader.TryParse(header[0], out var left) ? left : null;
        if (streams)
        {
            _streams = new CallStreams();
            _cutoff = new CallCutoff(http, timeout, settings.Clock, settings.Stopping);
        }
        else if (timeout is not null)
        {
            _cutoff = new CallCutoff(http, timeout, settings.Clock, stopping: null);
        }
    }

    public HttpContext Http { get; }

    public CallSettings Settings { get; }

    /// <summary>Whether nobody waits for a response any more.</summary>
    public bool IsOver => _isClientLost || CancellationTokenCore.IsCancellationRequested || _cutoff is { HasExpired: true };

    /// <summary>Who may read and write; only of a call that streams.</summary>
    public CallStreams Streams => _streams ?? throw new InvalidOperationException("the call does not stream");

    protected override string MethodCore { get; }

    protected override string HostCore => Http.Request.Host.Value ?? "";

    protected override string PeerCore => PeerAddress.Format(Http);

    protected override DateTime DeadlineCore => _cutoff?.Deadline ?? DateTime.MaxValue;

    protected override CancellationToken CancellationTokenCore => _cutoff?.Token ?? Http.RequestAborted;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore =>
        _authContext ??= PeerAuthentication.Describe(Http.Connection.ClientCertificate);

    // The values of Items may be null, which the gRPC library's older signature cannot say.
    protected override IDictionary<object, object> UserStateCore => Http.Items!;

    /// <summary>Says that the request was read to its end.</summary>
    public void RequestEnded() => _cutoff?.RequestEnded();

    /// <summary>Says that the transport lost the client, which it may tell a reader before it cancels the call.</summary>
    public void ClientLost() => _isClientLost = true;

    /// <summary>Says that a message's encoding is unknown here; the answer names what is known.</summary>
    public void RefuseEncoding() => _isEncodingRefused = true;

    /// <summary>Claims the response; where the call was cut off, waits until its answer is out.</summary>
    /// <returns>Whether the response may be written.</returns>
    public async ValueTask<bool> TryFinishAsync()
    {
        if (_cutoff is null)
        {
            return true;
        }

        if (_streams is not null)
        {
            await _streams.CloseAsync(Http, _cutoff);
        }

        if (_cutoff.TryFinish())
        {
            return true;
        }

        await _cutoff.Answered;
        Log.CallCutOff(Settings.Logger, MethodCore, _cutoff.Cause);
        return false;
    }

    /// <summary>Keeps everyone else from the response of a streaming call during one write.</summary>
    /// <param name="state">What it writes.</param>
    /// <param name="write">Writes.</param>
    /// <exception cref="InvalidOperationException">Another write is under way, or the handler has ended.</exception>
    /// <exception cref="OperationCanceledException">The call is over.</exception>
    public async Task WriteAsync<TState>(TState state, Func<HttpServerCallContext, TState, ValueTask> write)
    {
        var cutoff = _cutoff!; // Every call that streams has one.
        Streams.Writes.Enter("write");
        try
        {
            if (_isClientLost || cutoff.Token.IsCancellationRequested || !cutoff.TryBeginWrite())
            {
                throw new OperationCanceledException("the call is over", cutoff.Token);
            }

            try
            {
                await write(this, state);
            }
            finally
            {
                await cutoff.EndWriteAsync();
            }

            // The transport takes what is written to a lost client, and drops it.
            if (IsOver || cutoff.AreWritesReleased)
            {
                throw new OperationCanceledException("the call is over", cutoff.Token);
            }
        }
        finally
        {
            Streams.Writes.Leave();
        }
    }

    /// <summary>Ends the response; <see cref="TryFinishAsync"/> must have allowed it.</summary>
    public void WriteStatus(Status status)
    {
        CallStart.SetContentType(Http);
        if (_isEncodingRefused && !Http.Response.HasStarted)
        {
            Http.Response.Headers[HeaderNames.AcceptEncoding] = HeaderNames.Identity;
        }

        if (_responseTrailers is null)
        {
            StatusTrailers.Write(Http, status);
        }
        else if (StatusTrailers.Write(Http, status, _responseTrailers) is { } key)
        {
            Log.TrailerLeftOut(Settings.Logger, key, MethodCore);
        }
    }

    public void Dispose() => _cutoff?.Dispose();

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (_streams is not null)
        {
            await WriteAsync(responseHeaders, static (call, headers) => new(call.SendHeadersAsync(headers)));
            return;
        }

        if (_cutoff is { } deadline && !deadline.TryBeginWrite())
        {
            throw new OperationCanceledException(deadline.Token);
        }

        try
        {
            await SendHeadersAsync(responseHeaders);
        }
        finally
        {
            await (_cutoff?.EndWriteAsync() ?? Task.CompletedTask);
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
