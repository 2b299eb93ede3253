using System.Buffers;
using System.Buffers.Binary;

namespace Grpc.Wire;

/// <summary>What stands at the begin of a buffer instead of a whole, plain message.</summary>
internal enum FrameError
{
    /// <summary>Nothing: there is a message.</summary>
    None,

    /// <summary>The begin of a frame; more bytes are needed.</summary>
    Incomplete,

    /// <summary>The flag byte is neither 0 nor 1.</summary>
    UnknownFlag,

    /// <summary>The message is compressed.</summary>
    Compressed,

    /// <summary>The announced length is above the limit.</summary>
    TooLong,
}

/// <summary>Finds length-prefixed messages: a flag byte, four bytes of big-endian length, the message.</summary>
internal static class FrameReader
{
    public const int HeaderLength = 5;

    /// <summary>Looks for one message at the begin of a buffer.</summary>
    /// <param name="buffer">What was received; untrusted.</param>
    /// <param name="maxLength">Longest message to accept, in bytes; null for no limit.</param>
    /// <param name="payload">The message, if there is one.</param>
    /// <returns>None if there is one. The limit is checked before the message arrived, so that it is never buffered.</returns>
    public static FrameError TryRead(
        in ReadOnlySequence<byte> buffer, int? maxLength, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (buffer.Length < HeaderLength)
        {
            return FrameError.Incomplete;
        }

        Span<byte> header = stackalloc byte[HeaderLength];
        buffer.Slice(0, HeaderLength).CopyTo(header);
        if (CheckHeader(header, maxLength, out var length) is var error and not FrameError.None)
        {
            return error;
        }

        if (buffer.Length - HeaderLength < length)
        {
            return FrameError.Incomplete;
        }

        payload = buffer.Slice(HeaderLength, length);
        return FrameError.None;
    }

    /// <summary>Reads a frame's five bytes.</summary>
    public static FrameError CheckHeader(ReadOnlySpan<byte> header, int? maxLength, out int length)
    {
        length = 0;
        if (header[0] != 0)
        {
            return header[0] == 1 ? FrameError.Compressed : FrameError.UnknownFlag;
        }

        // Unsigned: FF FF FF FF must not become -1 and slip below the limit.
        var announced = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (announced > (uint)(maxLength ?? Array.MaxLength))
        {
            return FrameError.TooLong;
        }

        length = (int)announced;
        return FrameError.None;
    }
}
