using System.Text.Json.Serialization;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Hosting;

/// <summary>The plain HTTP port: health for kubelet, metrics for Prometheus; the trust bundle is beside them.</summary>
internal static class HttpEndpoints
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    /// <summary>Maps all of them, on that port only.</summary>
    public static void MapHttpPort(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMetrics().On(ListenerKind.Http);
        endpoints.MapGet("/healthz/live", () => Results.Text("ok\n")).On(ListenerKind.Http);
        endpoints.MapGet("/healthz/ready", Ready).On(ListenerKind.Http);
        endpoints.MapGet("/healthz/available", Available).On(ListenerKind.Http);
        endpoints.MapMethods("/crl.pem", Reading, (HttpContext context) => RevocationLists.AnswerAll(context)).On(ListenerKind.Http);
        endpoints.MapMethods("/crl/{authority}.crl", Reading, (HttpContext context, string authority) => RevocationLists.AnswerOne(context, authority))
            .On(ListenerKind.Http);
    }

    private static IResult Available(HttpContext context) => context.RequestServices.GetRequiredService<Readiness>().IsAvailable()
        ? Results.Text("ok\n")
        : Results.Text("neither ready nor standing by\n", statusCode: StatusCodes.Status503ServiceUnavailable);

    private static IResult Ready(HttpContext context)
    {
        var report = context.RequestServices.GetRequiredService<Readiness>().Report();
        return Results.Json(
            report,
            HostingJson.Default.ReadinessReport,
            statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>Serialization of what the HTTP port answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class HostingJson : JsonSerializerContext;
