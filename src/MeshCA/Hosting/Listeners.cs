using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshCA.Hosting;

/// <summary>Which port an endpoint belongs to.</summary>
internal enum ListenerKind
{
    /// <summary>The TLS port that proxies call.</summary>
    Mesh,

    /// <summary>The plain HTTP port.</summary>
    Http,

    /// <summary>The Unix socket for administrators.</summary>
    Admin,
}

/// <summary>Keeps each endpoint on its port, by the connection and not by the Host header, which callers choose.</summary>
internal static class Listeners
{
    /// <summary>Marks the connections of a listener.</summary>
    public static void Mark(this ListenOptions listen, ListenerKind kind) => listen.Use(next => connection =>
    {
        connection.Features.Set(new Listener(kind));
        return next(connection);
    });

    /// <summary>Puts endpoints on a listener.</summary>
    public static TBuilder On<TBuilder>(this TBuilder endpoints, ListenerKind kind)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => endpoint.Metadata.Add(new Listener(kind)));
        return endpoints;
    }

    /// <summary>Answers 404 where an endpoint is asked for on another listener than its own.</summary>
    public static void UseListenerSeparation(this IApplicationBuilder app) => app.Use(next => context =>
    {
        var wanted = context.GetEndpoint()?.Metadata.GetMetadata<Listener>();
        if (wanted is null || wanted == context.Features.Get<Listener>())
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private sealed record Listener(ListenerKind Kind);
}
