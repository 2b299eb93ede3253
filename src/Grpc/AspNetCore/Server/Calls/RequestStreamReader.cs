using System.Buffers;
using System.IO;
using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The requests of a streaming call, made into messages where they were received, one when it is asked for.</summary>
internal sealed class RequestStreamReader<T> : IAsyncStreamReader<T>
    where T : class
{
    private readonly HttpServerCallContext _call;
    private readonly Func<DeserializationContext, T> _deserializer;
    private readonly PipeReader _body;
    private T? _current;
    private RpcException? _failure;
    private bool _ended;

    public RequestStreamReader(HttpServerCallContext call, Func<DeserializationContext, T> deserializer)
    {
        _call = call;
        _deserializer = deserializer;
        LiftLimits(call.Http);
        _body = call.Http.Request.BodyReader;
    }

    public T Current => _current ?? throw new InvalidOperationException("no message was read yet, or the stream has ended");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reads = _call.Streams.Reads;
        reads.Enter("read");
        try
        {
            _current = null;
            return _failure is null ? !_ended && await ReadAsync(cancellationToken) : throw _failure;
        }
        finally
        {
            reads.Leave();
        }
    }

    // A stream may be idle for hours and long without end; each of its messages has a limit, and flow control holds the rest.
    private static void LiftLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
    }

    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadMessageAsync(cancellationToken);
        }
        catch (Exception gone) when (gone is IOException || (!cancellationToken.IsCancellationRequested && gone is OperationCanceledException))
        {
            // The reader may fail before RequestAborted is set, or after a token that follows it, so the exception decides.
            _call.ClientLost();
            throw new OperationCanceledException("the call is over", gone, _call.CancellationToken);
        }
    }

    private async ValueTask<bool> ReadMessageAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _body.ReadAsync(cancellationToken);
            if (read.IsCanceled)
            {
                throw new OperationCanceledException("the handler has ended");
            }

            var buffer = read.Buffer;
            if (buffer.IsEmpty && read.IsCompleted)
            {
                _ended = true;
                _call.RequestEnded();
                return false;
            }

            var error = FrameReader.TryRead(buffer, _call.Settings.MaxReceive, out var payload);
            if (error == FrameError.None)
            {
                Take(payload);
                _body.AdvanceTo(buffer.GetPosition(FrameReader.HeaderLength + payload.Length));
                return true;
            }

            // Seen but not consumed: Kestrel opens the flow-control window by what was seen.
            _body.AdvanceTo(buffer.Start, buffer.End);
            if (error != FrameError.Incomplete || read.IsCompleted)
            {
                throw Fail(FrameRefusal.Of(_call, error));
            }
        }
    }

    private void Take(in ReadOnlySequence<byte> payload)
    {
        if (!RequestReader.TryDeserialize(payload, _deserializer, out _current))
        {
            throw Fail(FrameRefusal.NotTheType);
        }
    }

    // Stays: after such a frame nobody knows where the next one begins.
    private RpcException Fail(Status status)
    {
        Log.RequestRefused(_call.Settings.Logger, _call.Method, status.StatusCode, status.Detail);
        return _failure = new RpcException(status);
    }
}
