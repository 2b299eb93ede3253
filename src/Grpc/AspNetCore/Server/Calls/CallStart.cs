using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The begin of every response.</summary>
internal static class CallStart
{
    // Without a parameter: Envoy takes a response with `;charset=` for no gRPC.
    private static readonly StringValues Value = HeaderNames.ContentType;

    /// <summary>Sets the content type, unless the headers are out.</summary>
    public static void SetContentType(HttpContext http)
    {
        if (!http.Response.HasStarted)
        {
            http.Response.Headers.ContentType = Value;
        }
    }
}
