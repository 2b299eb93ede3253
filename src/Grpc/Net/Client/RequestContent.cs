using System.Buffers;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One framed request. Its length stays unknown: a content of known length makes SendAsync wait for the upload.</summary>
internal sealed class RequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue GrpcType = new(HeaderNames.ContentType);
    private readonly ReadOnlyMemory<byte> _frame;

    private RequestContent(ReadOnlyMemory<byte> frame)
    {
        _frame = frame;
        Headers.ContentType = GrpcType;
    }

    /// <summary>The content of one request.</summary>
    /// <exception cref="RpcException">It is above the limit for sending.</exception>
    public static RequestContent Of<TRequest, TResponse>(
        TRequest request, Method<TRequest, TResponse> method, GrpcChannelOptions channel)
    {
        var frame = new ArrayBufferWriter<byte>();
        FrameWriter.Write(request, method.RequestMarshaller.ContextualSerializer, frame, channel.MaxSendMessageSize);
        return new RequestContent(frame.WrittenMemory);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        stream.WriteAsync(_frame).AsTask();

    protected override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_frame, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
