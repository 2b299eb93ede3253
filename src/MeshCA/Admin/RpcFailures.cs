using Grpc.Core;

namespace MeshCA.Admin;

/// <summary>What a failed call means to a command.</summary>
internal static class RpcFailures
{
    /// <summary>The code's name as gRPC writes it: <c>PERMISSION_DENIED</c>.</summary>
    public static string Name(StatusCode code) => string.Concat(
        code.ToString().Select((letter, index) => index > 0 && char.IsUpper(letter) ? $"_{letter}" : char.ToUpperInvariant(letter).ToString()));

    /// <summary>The code and the message; for a failed connection with its innermost cause, where alone the reason stands.</summary>
    public static string Describe(Status status)
    {
        var cause = status.DebugException;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        var reason = cause is null || status.Detail.Contains(cause.Message, StringComparison.Ordinal) ? "" : $" ({cause.Message})";
        return $"{Name(status.StatusCode)}: {status.Detail}{reason}";
    }

    /// <summary>How a command ends whose call failed.</summary>
    public static ExitCode ToExitCode(StatusCode code) => code switch
    {
        StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded => ExitCode.Unavailable,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.InvalidArgument
            or StatusCode.FailedPrecondition or StatusCode.NotFound or StatusCode.AlreadyExists => ExitCode.Refused,
        StatusCode.Unimplemented => ExitCode.Unsupported,
        _ => ExitCode.Failure,
    };
}
