using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Answers to requests that no handler should see.</summary>
internal static class CallRefusal
{
    /// <summary>Refuses what is no gRPC over HTTP/2.</summary>
    /// <returns>Whether it was refused, with an HTTP status: such a peer would not understand a gRPC status.</returns>
    public static bool IsRefused(HttpContext http)
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol) || HttpProtocol.IsHttp10(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "h2c";
            return true;
        }

        if (!HeaderNames.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return true;
        }

        return false;
    }

    /// <summary>Whether the request names exactly this method: routing ignores case and decodes escapes, gRPC does neither.</summary>
    public static bool IsExactPath(HttpContext http, string fullName)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return string.IsNullOrEmpty(target)
            ? http.Request.Path.Equals(fullName, StringComparison.Ordinal)
            : string.Equals(target, fullName, StringComparison.Ordinal);
    }

    /// <summary>The answer for methods and services that are not there.</summary>
    public static Task AnswerUnimplemented(HttpContext http)
    {
        if (!IsRefused(http))
        {
            CallStart.SetContentType(http);
            StatusTrailers.Write(http, new Status(StatusCode.Unimplemented, "the method is not implemented"));
        }

        return Task.CompletedTask;
    }
}
