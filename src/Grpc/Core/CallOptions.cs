namespace Grpc.Core;

/// <summary>What a client says about one call.</summary>
/// <param name="headers">Metadata to send.</param>
/// <param name="deadline">When to stop waiting; UTC unless its kind says otherwise.</param>
/// <param name="cancellationToken">Gives the call up.</param>
/// <param name="writeOptions">How to write requests.</param>
/// <param name="propagationToken">The call this one belongs to.</param>
/// <param name="credentials">Credentials of this call; not supported here: send metadata.</param>
#pragma warning disable CA1815, CA1068 // No equality, and this order, in the real type too.
public readonly struct CallOptions(
    Metadata? headers = null,
    DateTime? deadline = null,
    CancellationToken cancellationToken = default,
    WriteOptions? writeOptions = null,
    ContextPropagationToken? propagationToken = null,
    CallCredentials? credentials = null)
#pragma warning restore CA1815, CA1068
{
    /// <summary>Metadata to send.</summary>
    public Metadata? Headers { get; } = headers;

    /// <summary>When to stop waiting.</summary>
    public DateTime? Deadline { get; } = deadline;

    /// <summary>Gives the call up.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>How to write requests.</summary>
    public WriteOptions? WriteOptions { get; } = writeOptions;

    /// <summary>The call this one belongs to.</summary>
    public ContextPropagationToken? PropagationToken { get; } = propagationToken;

    /// <summary>Credentials of this call.</summary>
    public CallCredentials? Credentials { get; } = credentials;

    /// <summary>These options with other metadata.</summary>
    /// <param name="headers">Metadata to send.</param>
    /// <returns>The changed options.</returns>
    public CallOptions WithHeaders(Metadata headers) =>
        new(headers, Deadline, CancellationToken, WriteOptions, PropagationToken, Credentials);

    /// <summary>These options with another deadline.</summary>
    /// <param name="deadline">When to stop waiting.</param>
    /// <returns>The changed options.</returns>
    public CallOptions WithDeadline(DateTime deadline) =>
        new(Headers, deadline, CancellationToken, WriteOptions, PropagationToken, Credentials);

    /// <summary>These options with another token.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The changed options.</returns>
    public CallOptions WithCancellationToken(CancellationToken cancellationToken) =>
        new(Headers, Deadline, cancellationToken, WriteOptions, PropagationToken, Credentials);
}

/// <summary>Credentials of a call. A type only: here tokens travel in the metadata.</summary>
public abstract class CallCredentials
{
    private protected CallCredentials()
    {
    }
}

/// <summary>Ties a call to the one it serves. A type only, as on ASP.NET Core.</summary>
public abstract class ContextPropagationToken
{
    private protected ContextPropagationToken()
    {
    }
}

/// <summary>What a <see cref="ContextPropagationToken"/> carries over.</summary>
/// <param name="propagateDeadline">Whether the deadline.</param>
/// <param name="propagateCancellation">Whether cancellation.</param>
public class ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
{
    /// <summary>Everything.</summary>
    public static readonly ContextPropagationOptions Default = new();

    /// <summary>Whether the deadline is carried over.</summary>
    public bool IsPropagateDeadline { get; } = propagateDeadline;

    /// <summary>Whether cancellation is carried over.</summary>
    public bool IsPropagateCancellation { get; } = propagateCancellation;
}
