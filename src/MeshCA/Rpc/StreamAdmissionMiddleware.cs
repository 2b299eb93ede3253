using Grpc.AspNetCore.Server;
using Grpc.Core;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshCA.Rpc;

/// <summary>Bounds streaming calls by their number, where <see cref="AdmissionMiddleware"/> bounds the others by their time.</summary>
/// <remarks>
/// An idle stream is what a watch is for, so nothing ends it but its client, its deadline or the server's stop; what it may hold
/// is bounded by flow control (ADR 0002), and how many there are is bounded here.
/// </remarks>
internal sealed class StreamAdmissionMiddleware(RequestDelegate next, StreamAdmission admission, CertificateMetrics metrics)
{
    /// <summary>Runs a call, or refuses it with RESOURCE_EXHAUSTED.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is { Method.Type: not MethodType.Unary }
            ? StreamAsync(context)
            : next(context);

    private async Task StreamAsync(HttpContext context)
    {
        var connection = context.Features.GetRequiredFeature<OpenStreams>();
        if (!admission.TryEnter(connection))
        {
            metrics.Rejected("TooManyStreams");
            TrailersOnly.Write(context, GrpcStatus.TooManyStreams);
            return;
        }

        metrics.StreamOpened();
        try
        {
            await next(context);
        }
        finally
        {
            metrics.StreamEnded();
            admission.Leave(connection);
        }
    }
}
