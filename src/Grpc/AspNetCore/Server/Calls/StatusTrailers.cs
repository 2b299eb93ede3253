using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Ends a response with a status.</summary>
internal static class StatusTrailers
{
    // "0" is nearly every status written; the other numbers are not worth a table.
    private static readonly StringValues Ok = "0";

    /// <summary>Sets the status, as trailers after a message or as headers of a response that has nothing else.</summary>
    public static void Write(HttpContext http, Status status) => Write(Target(http), status);

    /// <summary>Sets the status and metadata.</summary>
    /// <returns>The key of the first entry that cannot be sent and was left out; null if all can.</returns>
    public static string? Write(HttpContext http, Status status, Metadata trailers)
    {
        var target = Target(http);
        var unsendable = Append(target, trailers);
        Write(target, status);
        return unsendable;
    }

    /// <summary>Adds metadata to headers or trailers.</summary>
    /// <inheritdoc cref="Write(HttpContext, Status, Metadata)" path="/returns"/>
    public static string? Append(IHeaderDictionary target, Metadata metadata)
    {
        string? unsendable = null;
        foreach (var entry in metadata)
        {
            if (MetadataHeaders.TryFormat(entry, out var value))
            {
                target.Append(entry.Key, value);
            }
            else
            {
                unsendable ??= entry.Key;
            }
        }

        return unsendable;
    }

    private static IHeaderDictionary Target(HttpContext http) =>
        http.Response.HasStarted
            ? http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : http.Response.Headers;

    private static void Write(IHeaderDictionary target, Status status)
    {
        target[HeaderNames.Status] = status.StatusCode == StatusCode.OK
            ? Ok
            : ((int)status.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);

        // default(Status) has a null detail.
        if (!string.IsNullOrEmpty(status.Detail))
        {
            target[HeaderNames.Message] = PercentCoding.Encode(status.Detail);
        }
    }
}
