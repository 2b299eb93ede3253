using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

// Where hosts look for it, and where the real library has it.
#pragma warning disable IDE0130
namespace Microsoft.AspNetCore.Builder;
#pragma warning restore IDE0130

/// <summary>Maps gRPC services.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Serves the methods of a service: <c>POST /pkg.Service/Method</c>.</summary>
    /// <typeparam name="TService">The class that implements it. One is made per call, unless it is registered.</typeparam>
    /// <param name="builder">The routes.</param>
    /// <returns>A builder for conventions of its endpoints.</returns>
    /// <exception cref="InvalidOperationException"><c>AddGrpc</c> was not called, or the class has no generated base.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var routes = builder.ServiceProvider.GetService<GrpcRoutes>()
            ?? throw new InvalidOperationException("call `services.AddGrpc()` before mapping gRPC services");
        return new(routes.Map<TService>(builder));
    }
}
