using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>The routes of the HTTP form.</summary>
internal static class ExternalAuthorizationRoutes
{
    /// <summary>Maps <c>/envoy/WORKLOAD/PATH</c> and <c>/forward-auth/WORKLOAD</c>, for every method.</summary>
    public static IEndpointConventionBuilder MapExternalAuthorization(this IEndpointRouteBuilder routes)
    {
        var service = routes.ServiceProvider.GetRequiredService<ExternalAuthorization>();
        var group = routes.MapGroup("");
        group.Map(ExternalAuthorization.OwnForm + "{workload}/{**path}", service.AnswerOwnAsync).WithMetadata(new HttpForm("envoy"));
        group.Map(ExternalAuthorization.ForwardedForm + "{workload}", service.AnswerForwardedAsync).WithMetadata(new HttpForm("forward-auth"));
        return group;
    }

    /// <summary>Maps everything else, where nothing else is served.</summary>
    public static IEndpointConventionBuilder MapUnknownQuestions(this IEndpointRouteBuilder routes) => routes
        .Map("/{**path}", routes.ServiceProvider.GetRequiredService<ExternalAuthorization>().AnswerUnknownAsync)
        .WithMetadata(new HttpForm("unknown"));

    /// <summary>Counts and times every answer, those too that are turned away before they are read.</summary>
    public static TBuilder Measured<TBuilder>(this TBuilder endpoints, DecisionMetrics metrics, TimeProvider clock)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            var inner = endpoint.RequestDelegate ?? throw new InvalidOperationException("an endpoint without a handler");
            endpoint.RequestDelegate = async context =>
            {
                var started = clock.GetTimestamp();
                var code = StatusCodes.Status500InternalServerError;
                try
                {
                    await inner(context);
                    code = context.Response.StatusCode;
                }
                finally
                {
                    var form = context.GetEndpoint()?.Metadata.GetMetadata<HttpForm>()?.Name ?? "unknown";
                    metrics.HttpAnswered(form, code, clock.GetElapsedTime(started));
                }
            };
        });
        return endpoints;
    }

    private sealed record HttpForm(string Name);
}
