using System.IO;
using System.Net.Http;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>From what the HTTP client throws to a status.</summary>
internal static class TransportFailure
{
    private const long NoError = 0x0; // RFC 9113 §7

    /// <summary>Whether an exception comes from the connection, not from a bug here.</summary>
    public static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The status for a call that ended in an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="givenUp">Whether this side cancelled; otherwise a cancellation is a connection timeout.</param>
    public static Status ToStatus(Exception exception, bool givenUp)
    {
        if (givenUp)
        {
            return new Status(StatusCode.Cancelled, "the call was cancelled by the client", exception);
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException protocol)
            {
                return new Status(CodeOf(protocol.ErrorCode), protocol.Message, exception);
            }
        }

        return new Status(StatusCode.Unavailable, $"connection failed: {exception.Message}", exception);
    }

    // HttpClient tells the end of a connection (GOAWAY) and of a stream (RST_STREAM) alike. Of a stream, NO_ERROR comes after the whole
    // answer only (RFC 9113 §8.1) and is no failure then; so where a call fails by it, the server that had the connection went.
    private static StatusCode CodeOf(long errorCode) => errorCode == NoError ? StatusCode.Unavailable : StatusMapping.FromReset(errorCode);
}
