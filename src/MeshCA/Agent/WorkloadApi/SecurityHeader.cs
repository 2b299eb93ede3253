using Grpc.AspNetCore.Server;
using MeshCA.Rpc;
using MeshCA.Wire.Workload;
using Microsoft.AspNetCore.Http;
using Spiffe.Wire.Workload;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>Answers calls of the Workload API that lack its security header, before anything of them is read (Workload API §4.1).</summary>
/// <remarks>A web server that can be made to send requests of others' choice cannot be made to send this header.</remarks>
internal sealed class SecurityHeader(RequestDelegate next)
{
    /// <summary>Its name.</summary>
    public const string Name = "workload.spiffe.io";

    /// <summary>Its only value.</summary>
    public const string Value = "true";

    /// <summary>Passes a call on, or refuses it with INVALID_ARGUMENT.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var isNeeded = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is { } method
            && (method.ServiceType.IsAssignableTo(typeof(SpiffeWorkloadAPI.SpiffeWorkloadAPIBase))
                || method.ServiceType.IsAssignableTo(typeof(BundleAcknowledgements.BundleAcknowledgementsBase)));
        if (!isNeeded || (context.Request.Headers[Name] is [var value] && string.Equals(value, Value, StringComparison.Ordinal)))
        {
            return next(context);
        }

        TrailersOnly.Write(context, WorkloadStatus.Of(WorkloadRefusal.NoSecurityHeader));
        return Task.CompletedTask;
    }
}
