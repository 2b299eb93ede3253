namespace Grpc.Core;

/// <summary>The outcome of a call; <c>default</c> is OK with a null detail.</summary>
/// <param name="statusCode">The outcome class.</param>
/// <param name="detail">A message for the caller.</param>
/// <param name="debugException">What caused it on this side; never sent.</param>
#pragma warning disable CA1815 // The real type defines no equality either.
public readonly struct Status(StatusCode statusCode, string detail, Exception? debugException)
#pragma warning restore CA1815
{
    /// <summary>OK without a message.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary>CANCELLED without a message.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    /// <summary>A status without a local cause.</summary>
    /// <param name="statusCode">The outcome class.</param>
    /// <param name="detail">A message for the caller.</param>
    public Status(StatusCode statusCode, string detail)
        : this(statusCode, detail, null)
    {
    }

    /// <summary>The outcome class.</summary>
    public StatusCode StatusCode { get; } = statusCode;

    /// <summary>The message for the caller.</summary>
    public string Detail { get; } = detail;

    /// <summary>What caused it on this side, if known.</summary>
    public Exception? DebugException { get; } = debugException;

    /// <inheritdoc/>
    public override string ToString() =>
        DebugException is null
            ? $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\")"
            : $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\", DebugException=\"{DebugException.GetType()}: {DebugException.Message}\")";
}
