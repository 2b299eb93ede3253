using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Writes one message with its frame header straight into the transport's buffer.</summary>
internal sealed class FrameWriter : SerializationContext
{
    // Serializing never awaits, so one writer per thread serves all calls without an allocation.
    [ThreadStatic]
    private static FrameWriter? s_spare;

    private IBufferWriter<byte>? _output;
    private ArrayBufferWriter<byte>? _unsized;
    private int? _maxLength;
    private int? _length;

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="serializer">How it becomes bytes.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="maxLength">Longest message to send; null for no limit.</param>
    /// <exception cref="RpcException">The message is longer; nothing was written.</exception>
    public static void Write<T>(
        T message, Action<T, SerializationContext> serializer, IBufferWriter<byte> output, int? maxLength)
    {
        var writer = Interlocked.Exchange(ref s_spare, null) ?? new FrameWriter();
        writer._output = output;
        writer._maxLength = maxLength;
        serializer(message, writer);
        writer.Reset();
        s_spare = writer;
    }

    /// <summary>The bytes of a message, without a frame header.</summary>
    public static byte[] ToArray<T>(T message, Action<T, SerializationContext> serializer)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(message, serializer, output, maxLength: null);
        return output.WrittenSpan[FrameReader.HeaderLength..].ToArray();
    }

    public override void SetPayloadLength(int payloadLength) => _length = payloadLength;

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_length is not { } length)
        {
            // A serializer that does not know the size: the frame header needs it, so the message waits here.
            return _unsized ??= new ArrayBufferWriter<byte>();
        }

        WriteHeader(length);
        return Output;
    }

    public override void Complete()
    {
        if (_unsized is { } unsized)
        {
            WriteHeader(unsized.WrittenCount);
            Output.Write(unsized.WrittenSpan);
        }
    }

    public override void Complete(byte[] payload)
    {
        WriteHeader(payload.Length);
        Output.Write(payload);
    }

    private IBufferWriter<byte> Output => _output ?? throw new InvalidOperationException("the message is complete");

    private void WriteHeader(int length)
    {
        if (length > _maxLength)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"message of {length} bytes is above the limit of {_maxLength} for sending"));
        }

        var header = Output.GetSpan(FrameReader.HeaderLength);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        Output.Advance(FrameReader.HeaderLength);
    }

    private void Reset()
    {
        _output = null;
        _unsized = null;
        _length = null;
    }
}
