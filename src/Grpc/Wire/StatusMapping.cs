using Grpc.Core;

namespace Grpc.Wire;

/// <summary>What a client reports when the peer or something between sent no gRPC status.</summary>
internal static class StatusMapping
{
    private const long RefusedStream = 7;
    private const long Cancel = 8;
    private const long EnhanceYourCalm = 11;
    private const long InadequateSecurity = 12;

    /// <summary>From the HTTP status of a response without <c>grpc-status</c>.</summary>
    public static StatusCode FromHttp(int httpStatus) => httpStatus switch
    {
        (>= 100 and < 200) or 400 or 431 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>From the error code of RST_STREAM (RFC 9113 §7).</summary>
    public static StatusCode FromReset(long errorCode) => errorCode switch
    {
        RefusedStream => StatusCode.Unavailable,
        Cancel => StatusCode.Cancelled,
        EnhanceYourCalm => StatusCode.ResourceExhausted,
        InadequateSecurity => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };
}
