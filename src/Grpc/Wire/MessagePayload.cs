using System.Buffers;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>One received message, for its deserializer.</summary>
internal sealed class MessagePayload(ReadOnlySequence<byte> bytes) : DeserializationContext
{
    // As in FrameWriter: deserializing never awaits.
    [ThreadStatic]
    private static MessagePayload? s_spare;

    private ReadOnlySequence<byte> _bytes = bytes;

    public override int PayloadLength => checked((int)_bytes.Length);

    /// <summary>Makes a message of bytes that are valid only during this call.</summary>
    public static T Deserialize<T>(in ReadOnlySequence<byte> bytes, Func<DeserializationContext, T> deserializer)
    {
        var payload = Interlocked.Exchange(ref s_spare, null) ?? new MessagePayload(default);
        payload._bytes = bytes;
        var message = deserializer(payload);
        payload._bytes = default;
        s_spare = payload;
        return message;
    }

    public override byte[] PayloadAsNewBuffer() => _bytes.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _bytes;
}
