using System.Reflection;
using Grpc.AspNetCore.Server.Calls;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server;

/// <summary>Says that a service has limits of its own.</summary>
internal sealed record OwnServiceOptions(Type Service);

/// <summary>Turns services into endpoints.</summary>
internal sealed class GrpcRoutes(
    IServiceProvider services,
    IOptions<GrpcServiceOptions> options,
    IEnumerable<OwnServiceOptions> ownOptions,
    ILoggerFactory loggers,
    TimeProvider clock)
{
    private readonly HashSet<IEndpointRouteBuilder> _withFallback = [];

    /// <summary>Maps the methods of a service, and once per route builder the answer for services that are not there.</summary>
    public IReadOnlyList<IEndpointConventionBuilder> Map<TService>(IEndpointRouteBuilder routes)
        where TService : class
    {
        var binder = new EndpointBinder<TService>(routes, SettingsOf<TService>());
        Bind(typeof(TService), binder);
        if (_withFallback.Add(routes))
        {
            MapFallback(routes);
        }

        return binder.Endpoints;
    }

    // The generated method lists the rpcs; it passes a null handler for each, as it is given no object.
    private static void Bind(Type service, ServiceBinderBase binder)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                var bind = attribute.BindType.GetMethod(
                    attribute.BindMethodName, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static, [typeof(ServiceBinderBase), type]);
                _ = bind?.Invoke(null, [binder, null])
                    ?? (bind is null ? throw new InvalidOperationException($"`{attribute.BindType}` does not bind `{type}`") : null);
                return;
            }
        }

        throw new InvalidOperationException($"`{service}` does not derive from a generated service base");
    }

    private static void MapFallback(IEndpointRouteBuilder routes)
    {
        var pattern = RoutePatternFactory.Parse(
            "{service}/{method}", defaults: null, parameterPolicies: new { service = new GrpcContentType() });
        routes.Map(pattern, CallRefusal.AnswerUnimplemented).WithDisplayName("gRPC - unimplemented");
    }

    private CallSettings SettingsOf<TService>()
        where TService : class
    {
        var own = ownOptions.Any(entry => entry.Service == typeof(TService))
            ? services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value
            : options.Value;
        return new CallSettings(
            own.MaxReceiveMessageSize,
            own.MaxSendMessageSize,
            own.EnableDetailedErrors ?? false,
            clock,
            loggers.CreateLogger<TService>(),
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default);
    }

    /// <summary>Keeps the fallback from catching requests of other kinds on the same port.</summary>
    private sealed class GrpcContentType : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            HeaderNames.IsGrpc(httpContext?.Request.ContentType);
    }
}
