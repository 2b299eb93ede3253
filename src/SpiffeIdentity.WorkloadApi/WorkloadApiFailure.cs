namespace SpiffeIdentity.WorkloadApi;

/// <summary>Why the Workload API gave nothing.</summary>
/// <param name="Reason">The kind of failure.</param>
/// <param name="Detail">What the server or the transport said, printable and at most <see cref="MaxDetailLength"/> characters; not for decisions.</param>
public sealed record WorkloadApiFailure(WorkloadApiFailureReason Reason, string Detail)
{
    /// <summary>Longest detail in characters.</summary>
    public const int MaxDetailLength = 512;

    /// <summary>Whether another attempt may succeed (Workload API §3): a refused request and a call that is not offered stay so.</summary>
    public bool MayPass => Reason is not (WorkloadApiFailureReason.InvalidArgument or WorkloadApiFailureReason.Unimplemented);

    /// <summary>The failure in words.</summary>
    /// <returns>Reason and detail.</returns>
    public override string ToString() => Detail.Length == 0 ? $"{Reason}" : $"{Reason}: {Detail}";

    /// <summary>A failure whose detail others wrote: cut, and without characters that could forge lines of a log.</summary>
    internal static WorkloadApiFailure From(WorkloadApiFailureReason reason, string? detail)
    {
        var cut = (detail ?? "").AsSpan()[..Math.Min(detail?.Length ?? 0, MaxDetailLength)];
        return new WorkloadApiFailure(reason, string.Create(cut.Length, cut, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
            }
        }));
    }
}

/// <summary>The kinds of failure; the first four are answers of the server (Workload API §3, §6).</summary>
public enum WorkloadApiFailureReason
{
    /// <summary>The server refused the request itself; it is not sent again.</summary>
    InvalidArgument,

    /// <summary>There is no identity for this caller now; later there may be.</summary>
    PermissionDenied,

    /// <summary>The server is not there or not ready.</summary>
    Unavailable,

    /// <summary>The server does not offer this call; it is not sent again.</summary>
    Unimplemented,

    /// <summary>A message exceeds <see cref="WorkloadApiOptions.MaxMessageLength"/>, or the server has no room for the call.</summary>
    ResourceExhausted,

    /// <summary>A message was refused as a whole; what was received before it stays.</summary>
    MalformedMessage,

    /// <summary>The server ended a stream, which a server should never do.</summary>
    StreamEnded,

    /// <summary>No answer came in time, or none before an SVID was about to expire.</summary>
    TimedOut,

    /// <summary>Any other status.</summary>
    Other,
}

/// <summary>The Workload API gave nothing.</summary>
public sealed class WorkloadApiException : Exception
{
    /// <summary>An exception for a failure.</summary>
    /// <param name="failure">The failure.</param>
    public WorkloadApiException(WorkloadApiFailure failure)
        : this(failure, $"the Workload API failed: {failure}")
    {
    }

    /// <summary>An exception for a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="message">What it means for the caller.</param>
    public WorkloadApiException(WorkloadApiFailure failure, string message)
        : base(message) => Failure = failure;

    /// <summary>Why.</summary>
    public WorkloadApiFailure Failure { get; }
}
