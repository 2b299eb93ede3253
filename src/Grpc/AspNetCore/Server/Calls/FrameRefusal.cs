using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The statuses of requests that are no messages.</summary>
internal static class FrameRefusal
{
    /// <summary>The bytes are no message of the method's type.</summary>
    public static readonly Status NotTheType = new(StatusCode.Internal, "request is not a message of the method's type");

    /// <summary>The transport's own limit was reached.</summary>
    public static readonly Status BodyTooLong = new(StatusCode.ResourceExhausted, "request body is above the server's limit");

    /// <summary>The status of a frame that is none.</summary>
    public static Status Of(HttpServerCallContext call, FrameError error) => error switch
    {
        FrameError.Incomplete => new(StatusCode.Internal, "request ends before its message does"),
        FrameError.UnknownFlag => new(StatusCode.Internal, "unknown message flag"),
        FrameError.Compressed => Compressed(call),
        _ => new(
            StatusCode.ResourceExhausted, $"request is above the limit of {call.Settings.MaxReceive ?? Array.MaxLength} bytes"),
    };

    private static Status Compressed(HttpServerCallContext call)
    {
        string? encoding = call.Http.Request.Headers[HeaderNames.Encoding];
        if (encoding is null or HeaderNames.Identity)
        {
            return new(StatusCode.Internal, "message is compressed, by no encoding");
        }

        call.RefuseEncoding();
        return new(StatusCode.Unimplemented, "message encoding is not supported");
    }
}
