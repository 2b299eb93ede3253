using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace MeshCA.Rpc;

/// <summary>gRPC's form of an answer without a message, for calls that end before any service sees them.</summary>
internal static class TrailersOnly
{
    private const string ContentType = "application/grpc";

    /// <summary>Answers a call.</summary>
    public static void Write(HttpContext context, Status status)
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers["grpc-status"] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = status.Detail;
    }
}
