using MeshCA.Decisions;
using MeshCA.Rpc;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MeshCA.Hosting;

/// <summary>Which listeners an endpoint belongs to.</summary>
[Flags]
internal enum ListenerKind
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The TLS port that proxies call.</summary>
    Mesh = 1,

    /// <summary>The plain HTTP port.</summary>
    Http = 2,

    /// <summary>The plaintext port for decisions, on loopback only.</summary>
    Decisions = 4,

    /// <summary>The Unix socket for administrators.</summary>
    Admin = 8,

    /// <summary>The plain HTTP port for decisions, on loopback only.</summary>
    DecisionHttp = 16,

    /// <summary>The Unix socket for decisions.</summary>
    DecisionSocket = 32,

    /// <summary>The TLS port of the admission webhook.</summary>
    Webhook = 64,

    /// <summary>The agent's Unix sockets for workloads.</summary>
    Workloads = 128,

    /// <summary>The TLS ports of the bundle endpoint for other trust domains.</summary>
    Federation = 256,
}

/// <summary>Keeps each endpoint on its port, by the connection and not by the Host header, which callers choose.</summary>
internal static class Listeners
{
    /// <summary>Marks the connections of a listener.</summary>
    public static void Mark(this ListenOptions listen, ListenerKind kind) => listen.Use(next => connection =>
    {
        connection.Features.Set(new Listener(kind));
        connection.Features.Set(new OpenStreams());
        connection.Features.Set(new ConnectionCaller(
            kind is ListenerKind.Decisions or ListenerKind.DecisionHttp or ListenerKind.Admin ? DecisionCaller.Local : null));
        return next(connection);
    });

    /// <summary>Bounds the connections of one listener; those beyond are closed before their handshake.</summary>
    /// <param name="listen">The listener.</param>
    /// <param name="most">Most connections at once.</param>
    public static void Bound(this ListenOptions listen, int most)
    {
        var places = new SemaphoreSlim(most, most);
        listen.Use(next => async connection =>
        {
            if (!await places.WaitAsync(TimeSpan.Zero, connection.ConnectionClosed))
            {
                connection.Abort();
                return;
            }

            try
            {
                await next(connection);
            }
            finally
            {
                places.Release();
            }
        });
    }

    /// <summary>Puts endpoints on listeners.</summary>
    public static TBuilder On<TBuilder>(this TBuilder endpoints, ListenerKind kind)
        where TBuilder : IEndpointConventionBuilder => endpoints.On(_ => kind);

    /// <summary>Puts each endpoint on listeners of its own.</summary>
    public static TBuilder On<TBuilder>(this TBuilder endpoints, Func<EndpointBuilder, ListenerKind> kindOf)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => endpoint.Metadata.Add(new Listener(kindOf(endpoint))));
        return endpoints;
    }

    /// <summary>Has routing prefer the endpoints of the listener asked: one path may mean different things on different ports.</summary>
    public static void AddListenerSeparation(this IServiceCollection services) =>
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ListenerPolicy>());

    /// <summary>Answers 404 where an endpoint is asked for on another listener than its own.</summary>
    public static void UseListenerSeparation(this IApplicationBuilder app) => app.Use(next => context =>
    {
        if (context.GetEndpoint() is not { } endpoint || IsOn(context, endpoint))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private static bool IsOn(HttpContext context, Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<Listener>() is not { } wanted
        || (context.Features.Get<Listener>() is { } listener && (wanted.Kind & listener.Kind) != ListenerKind.None);

    private sealed record Listener(ListenerKind Kind);

    private sealed class ListenerPolicy : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => 0;

        // Asked once for each group of endpoints that one path leads to; a group of one listener's endpoints is matched without this.
        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
            endpoints.Select(KindOf).OfType<ListenerKind>().Distinct().Skip(1).Any();

        // Where nothing is meant for this listener the match stays, and is answered with 404: what belongs to no listener, such as the
        // answer to unknown gRPC methods, must not speak in its place.
        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            if (HasOneFor(httpContext, candidates))
            {
                for (var i = 0; i < candidates.Count; i++)
                {
                    candidates.SetValidity(i, candidates.IsValidCandidate(i) && IsOn(httpContext, candidates[i].Endpoint));
                }
            }

            return Task.CompletedTask;
        }

        private static bool HasOneFor(HttpContext context, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count; i++)
            {
                if (candidates.IsValidCandidate(i) && KindOf(candidates[i].Endpoint) is not null && IsOn(context, candidates[i].Endpoint))
                {
                    return true;
                }
            }

            return false;
        }

        private static ListenerKind? KindOf(Endpoint endpoint) => endpoint.Metadata.GetMetadata<Listener>()?.Kind;
    }
}
