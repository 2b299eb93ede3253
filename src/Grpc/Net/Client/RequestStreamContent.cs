using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>A request that is written while the call runs.</summary>
internal sealed class RequestStreamContent : HttpContent
{
    private static readonly MediaTypeHeaderValue GrpcType = new(HeaderNames.ContentType);
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RequestStreamContent() => Headers.ContentType = GrpcType;

    /// <summary>Where to write, once the request is on its way; cancelled if it never gets there.</summary>
    public Task<Stream> Opened => _opened.Task;

    /// <summary>Ends the request.</summary>
    public void Complete() => _completed.TrySetResult();

    /// <summary>Breaks the request off, unless it has ended.</summary>
    public void Abandon()
    {
        _opened.TrySetCanceled();
        _completed.TrySetCanceled();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the headers: the server may be the first to speak.
        await stream.FlushAsync(cancellationToken);
        if (!_opened.TrySetResult(stream))
        {
            throw new IOException("a stream of requests cannot be sent again");
        }

        // Not with the token, which a reset by the server cancels: the status that came before it would be lost.
        await _completed.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
