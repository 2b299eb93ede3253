namespace Grpc.Core;

/// <summary>A call that ended with a status other than OK: thrown by clients, and by handlers to refuse.</summary>
/// <param name="status">The outcome.</param>
/// <param name="trailers">Metadata that goes with it.</param>
/// <param name="message">The text of the exception; not sent.</param>
#pragma warning disable CA1032 // The real type has these constructors only: an RpcException without a status means nothing.
public class RpcException(Status status, Metadata trailers, string message)
    : Exception(message, status.DebugException)
#pragma warning restore CA1032
{
    /// <summary>A failure without trailers.</summary>
    /// <param name="status">The outcome.</param>
    public RpcException(Status status)
        : this(status, Metadata.Empty)
    {
    }

    /// <summary>A failure whose exception has a text of its own.</summary>
    /// <param name="status">The outcome.</param>
    /// <param name="message">The text of the exception; not sent.</param>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>A failure with trailers.</summary>
    /// <param name="status">The outcome.</param>
    /// <param name="trailers">Metadata that goes with it.</param>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>The outcome.</summary>
    public Status Status { get; } = status;

    /// <summary>The outcome class.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>Metadata that came with the outcome; empty if none did.</summary>
    public Metadata Trailers { get; } = trailers ?? throw new ArgumentNullException(nameof(trailers));
}
