using SpiffeIdentity.WorkloadApi.Rpc.Core;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>From the status of a call to what callers learn.</summary>
internal static class CallFailures
{
    /// <summary>The failure of a call that ended.</summary>
    /// <param name="status">Its status; what it says is the server's text.</param>
    /// <param name="timedOut">Whether this side gave it up because no answer came.</param>
    public static WorkloadApiFailure Of(Status status, bool timedOut) => timedOut
        ? WorkloadApiFailure.From(WorkloadApiFailureReason.TimedOut, "no answer in time")
        : WorkloadApiFailure.From(ReasonOf(status.StatusCode), DetailOf(status));

    private static WorkloadApiFailureReason ReasonOf(StatusCode code) => code switch
    {
        StatusCode.OK => WorkloadApiFailureReason.StreamEnded,
        StatusCode.InvalidArgument => WorkloadApiFailureReason.InvalidArgument,
        StatusCode.PermissionDenied => WorkloadApiFailureReason.PermissionDenied,
        StatusCode.Unavailable => WorkloadApiFailureReason.Unavailable,
        StatusCode.Unimplemented => WorkloadApiFailureReason.Unimplemented,
        StatusCode.ResourceExhausted => WorkloadApiFailureReason.ResourceExhausted,
        StatusCode.DeadlineExceeded => WorkloadApiFailureReason.TimedOut,
        _ => WorkloadApiFailureReason.Other,
    };

    private static string DetailOf(Status status) => ReasonOf(status.StatusCode) == WorkloadApiFailureReason.Other
        ? $"{status.StatusCode}: {status.Detail}"
        : status.Detail ?? "";
}
