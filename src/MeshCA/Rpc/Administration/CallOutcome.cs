using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshCA.Rpc.Administration;

/// <summary>How a call ended, as its answer says.</summary>
internal static class CallOutcome
{
    private const string StatusHeader = "grpc-status";

    /// <summary>The status that was written; null where the call was cut off before there was one.</summary>
    public static StatusCode? Of(HttpContext context)
    {
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue(StatusHeader, out var trailer) ? trailer : context.Response.Headers[StatusHeader];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? (StatusCode)code : null;
    }

    /// <summary>What audit and metrics call it: <c>ok</c>, <c>refused</c> for what the caller did wrong or lacks, else <c>failed</c>.</summary>
    public static string Word(StatusCode? code) => code switch
    {
        StatusCode.OK => "ok",
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied
            or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.Unauthenticated or StatusCode.Unimplemented
            or StatusCode.Aborted => "refused",
        _ => "failed",
    };
}
