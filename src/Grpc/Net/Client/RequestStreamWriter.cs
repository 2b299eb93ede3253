using System.Buffers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The requests of a streaming call. Each is flushed, whatever the hints.</summary>
/// <param name="call">The call.</param>
/// <param name="content">Where the requests go.</param>
/// <param name="serializer">How they become bytes.</param>
/// <param name="maxLength">Longest message to send; null for no limit.</param>
internal sealed class RequestStreamWriter<T>(
    ClientCall call, RequestStreamContent content, Action<T, SerializationContext> serializer, int? maxLength)
    : IClientStreamWriter<T>
{
    // Larger ones are given back: a stream that once sent a large message may then be idle for hours.
    private const int LargestKept = 64 * 1024;

    private readonly Turnstile _writes = new();
    private ArrayBufferWriter<byte> _frame = new();
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, default);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        _writes.Enter("write");
        try
        {
            if (_completed)
            {
                throw new InvalidOperationException("write after the end of the stream");
            }

            // Half a message cannot be taken back, so the call ends with its write.
            using var giveUp = cancellationToken.UnsafeRegister(static call => ((ClientCall)call!).GiveUp(), call);
            await SendAsync(message);
        }
        finally
        {
            _writes.Leave();
        }
    }

    public Task CompleteAsync()
    {
        _writes.Enter("end of the stream");
        _completed = true;
        content.Complete();
        _writes.Leave();
        return Task.CompletedTask;
    }

    private async ValueTask SendAsync(T message)
    {
        if (call.Outcome is { } ended)
        {
            throw ended.Status.StatusCode == StatusCode.OK
                ? new InvalidOperationException("write after the end of the call")
                : ended.ToException();
        }

        _frame.ResetWrittenCount();
        FrameWriter.Write(message, serializer, _frame, maxLength);
        try
        {
            var stream = await content.Opened;
            await stream.WriteAsync(_frame.WrittenMemory, call.Cancellation);
            await stream.FlushAsync(call.Cancellation);
        }
        catch (Exception lost) when (TransportFailure.IsTransport(lost))
        {
            throw Explain(lost);
        }

        if (_frame.Capacity > LargestKept)
        {
            _frame = new ArrayBufferWriter<byte>();
        }
    }

    // Why the server takes no more is told by its status, which whoever reads the responses gets.
    private RpcException Explain(Exception lost) =>
        call.Outcome is { Status.StatusCode: not StatusCode.OK } outcome
            ? outcome.ToException()
            : new RpcException(new Status(StatusCode.Unavailable, "the server takes no more requests", lost));
}
