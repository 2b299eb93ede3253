using System.IO.Pipelines;
using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The responses of a streaming call. Each is flushed, whatever the hints: the transport gathers what is on its way.</summary>
internal sealed class ResponseStreamWriter<T>(HttpServerCallContext call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, default);

    // Kestrel holds 64 KiB that the client has no room for; beyond it the flush waits, and so do handlers.
    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        await call.WriteAsync(
            (marshaller, message, cancellationToken),
            static (call, state) => SendAsync(call, state.marshaller, state.message, state.cancellationToken));
    }

    private static async ValueTask SendAsync(
        HttpServerCallContext call, Marshaller<T> marshaller, T message, CancellationToken cancellationToken)
    {
        var response = call.Http.Response;
        if (!response.HasStarted)
        {
            CallStart.SetContentType(call.Http);
            await response.StartAsync(default);
        }

        ResponseMessage.Write(call, marshaller, message);
        var writer = response.BodyWriter;

        // Not with the token: Kestrel would reset the stream, and the status would be lost. Nor does it say that a flush was
        // cancelled; the message is in its buffer then, and a later flush waits for it too.
        using (cancellationToken.UnsafeRegister(static writer => ((PipeWriter)writer!).CancelPendingFlush(), writer))
        {
            await writer.FlushAsync(default);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
