namespace Grpc.Core;

/// <summary>A stream of received messages.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that <see cref="MoveNext"/> read last.</summary>
    T Current { get; }

    /// <summary>Reads the next message; one read at a time.</summary>
    /// <param name="cancellationToken">Ends the wait; at a client, it ends the call.</param>
    /// <returns>False at the end of the stream.</returns>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>A stream of messages to send.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Hints for the writes that follow; null for none.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Sends one message; one write at a time.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The write; it completes once the transport has room for more.</returns>
    /// <exception cref="InvalidOperationException">Another write is under way, or the stream was ended.</exception>
    Task WriteAsync(T message);

    /// <summary>Sends one message; one write at a time.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait; whether the message is sent is then unknown.</param>
    /// <returns>The write; it completes once the transport has room for more.</returns>
    /// <exception cref="NotSupportedException">The writer cannot be cancelled.</exception>
    Task WriteAsync(T message, CancellationToken cancellationToken) => cancellationToken.CanBeCanceled
        ? throw new NotSupportedException("writes of this stream cannot be cancelled")
        : WriteAsync(message);
}

/// <summary>A server's stream of responses.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

/// <summary>A client's stream of requests.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Ends the stream; the server may go on answering.</summary>
    /// <returns>The end.</returns>
    /// <exception cref="InvalidOperationException">A write is under way.</exception>
    Task CompleteAsync();
}

/// <summary>Hints for a write.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>The message may wait for the next one.</summary>
    BufferHint = 0x1,

    /// <summary>Do not compress this message.</summary>
    NoCompress = 0x2,
}

/// <summary>How to write a message.</summary>
/// <param name="flags">The hints.</param>
public class WriteOptions(WriteFlags flags = default)
{
    /// <summary>No hints.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>The hints.</summary>
    public WriteFlags Flags { get; } = flags;
}
