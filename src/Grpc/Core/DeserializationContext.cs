using System.Buffers;

namespace Grpc.Core;

/// <summary>One received message; its memory is valid only until the deserializer returns.</summary>
public abstract class DeserializationContext
{
    /// <summary>Size in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>A copy that the caller may keep.</summary>
    /// <returns>The message.</returns>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotImplementedException();

    /// <summary>The message where it was received.</summary>
    /// <returns>The message.</returns>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotImplementedException();
}
