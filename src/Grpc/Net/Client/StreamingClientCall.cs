using System.Buffers;
using System.IO;
using System.Net.Http;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One call with a stream of responses, which ends the call.</summary>
internal sealed class StreamingClientCall<TRequest, TResponse>(
    HttpMessageInvoker http,
    Method<TRequest, TResponse> method,
    GrpcChannelOptions channel,
    CallOptions options,
    CancellationToken closed) : ClientCall(http, channel, options, closed), IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly Turnstile _reads = new();
    private readonly byte[] _header = new byte[FrameReader.HeaderLength];
    private RequestStreamContent? _requests;
    private HttpRequestMessage? _message;
    private HttpResponseMessage? _response;
    private CancellationTokenRegistration _cancelled;
    private Task<Stream?> _opening = Task.FromResult<Stream?>(null);
    private TResponse? _current;

    public TResponse Current => _current ?? throw new InvalidOperationException("no message was read yet, or the stream has ended");

    /// <summary>Sends the request.</summary>
    public AsyncServerStreamingCall<TResponse> Start(Uri uri, string? host, TRequest request)
    {
        _opening = OpenAsync(uri, host, request);
        return new(this, Headers, () => Ended().Status, () => Ended().Trailers, GiveUp);
    }

    /// <summary>Starts a stream of requests.</summary>
    public AsyncDuplexStreamingCall<TRequest, TResponse> Start(Uri uri, string? host)
    {
        _requests = new RequestStreamContent();
        var requests = new RequestStreamWriter<TRequest>(
            this, _requests, method.RequestMarshaller.ContextualSerializer, Channel.MaxSendMessageSize);
        _opening = OpenAsync(uri, host, null);
        return new(requests, this, Headers, () => Ended().Status, () => Ended().Trailers, GiveUp);
    }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        _reads.Enter("read");
        try
        {
            _current = null;
            using var giveUp = cancellationToken.UnsafeRegister(static call => ((ClientCall)call!).GiveUp(), this);
            if (await _opening is { } stream && Outcome is null && await ReadAsync(stream) is { } message && Outcome is null)
            {
                _current = message;
                return true;
            }
        }
        finally
        {
            _reads.Leave();
        }

        return Ended().Status.StatusCode == StatusCode.OK ? false : throw Ended().ToException();
    }

    public override void Dispose()
    {
        _requests?.Abandon();
        _cancelled.Dispose();
        _response?.Dispose();
        _message?.Dispose();
        base.Dispose();
    }

    // Fails never: what goes wrong is the outcome.
    private async Task<Stream?> OpenAsync(Uri uri, string? host, TRequest? request)
    {
        CallOutcome? outcome;
        try
        {
            var timeout = StartDeadline();
            if (Outcome is null)
            {
                _message = new HttpRequestMessage { RequestUri = uri, Content = (HttpContent?)_requests ?? RequestContent.Of(request!, method, Channel) };
                _response = await SendAsync(_message, host, timeout);
                outcome = ResponseReader.FindEarlyEnd(_response);
                if (outcome is null or { Status.StatusCode: StatusCode.OK })
                {
                    ShowHeaders(_response);
                }

                if (outcome is null)
                {
                    var stream = await _response.Content.ReadAsStreamAsync(Cancellation);

                    // From here on the handler no longer looks at the token; who reads may be nobody.
                    _cancelled = Cancellation.UnsafeRegister(static call => ((StreamingClientCall<TRequest, TResponse>)call!).BreakOff(), this);
                    return stream;
                }

                TrySet(outcome);
            }
        }
        catch (RpcException unsendable)
        {
            TrySet(new CallOutcome(unsendable.Status));
        }
        catch (Exception lost) when (TransportFailure.IsTransport(lost))
        {
            TrySet(Lost(lost));
        }

        Dispose();
        return null;
    }

    // Disposing the response before its end resets the stream, so that the server learns of it.
    private void BreakOff()
    {
        GiveUp();
        _requests?.Abandon();
        _response?.Dispose();
    }

    private async ValueTask<TResponse?> ReadAsync(Stream stream)
    {
        CallOutcome outcome;
        try
        {
            var (message, end) = await ReadMessageAsync(stream);
            if (message is not null)
            {
                return message;
            }

            outcome = end ?? ResponseReader.ReadEnd(_response!);
        }
        catch (Exception lost) when (TransportFailure.IsTransport(lost))
        {
            outcome = Lost(lost);
        }

        TrySet(outcome);
        Dispose();
        return null;
    }

    private async ValueTask<(TResponse? Message, CallOutcome? Broken)> ReadMessageAsync(Stream stream)
    {
        var read = await stream.ReadAtLeastAsync(_header, _header.Length, throwOnEndOfStream: false, Cancellation);
        if (read == 0)
        {
            return (null, null);
        }

        var length = 0;
        var error = read < _header.Length
            ? FrameError.Incomplete
            : FrameReader.CheckHeader(_header, Channel.MaxReceiveMessageSize, out length);
        if (error != FrameError.None)
        {
            return (null, new CallOutcome(ResponseReader.Explain(error, Channel.MaxReceiveMessageSize)));
        }

        var payload = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return await stream.ReadAtLeastAsync(payload.AsMemory(0, length), length, throwOnEndOfStream: false, Cancellation) < length
                ? (null, new CallOutcome(ResponseReader.Explain(FrameError.Incomplete, null)))
                : Decode(new ReadOnlySequence<byte>(payload, 0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    private (TResponse? Message, CallOutcome? Broken) Decode(in ReadOnlySequence<byte> payload)
    {
        try
        {
            return (MessagePayload.Deserialize(payload, method.ResponseMarshaller.ContextualDeserializer), null);
        }
        catch (InvalidProtocolBufferException)
        {
            return (null, ResponseReader.NotTheType);
        }
    }
}
