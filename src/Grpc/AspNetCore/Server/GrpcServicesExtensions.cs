using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

// Where hosts look for it, and where the real library has it.
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers the gRPC server.</summary>
public static class GrpcServicesExtensions
{
    /// <summary>Registers the gRPC server with its default limits.</summary>
    /// <param name="services">The services.</param>
    /// <returns>A builder for the limits of single services.</returns>
    public static IGrpcServerBuilder AddGrpc(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GrpcRoutes>();
        return new GrpcServerBuilder(services);
    }

    /// <summary>Registers the gRPC server.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configureOptions">Sets the limits of all services.</param>
    /// <returns>A builder for the limits of single services.</returns>
    public static IGrpcServerBuilder AddGrpc(
        this IServiceCollection services, Action<GrpcServiceOptions> configureOptions) =>
        services.Configure(configureOptions).AddGrpc();

    /// <summary>Sets the limits of one service.</summary>
    /// <typeparam name="TService">The service.</typeparam>
    /// <param name="grpcBuilder">The result of <c>AddGrpc</c>.</param>
    /// <param name="configure">Changes the limits, which begin as those of all services.</param>
    /// <returns>The same builder.</returns>
    public static IGrpcServerBuilder AddServiceOptions<TService>(
        this IGrpcServerBuilder grpcBuilder, Action<GrpcServiceOptions<TService>> configure)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(grpcBuilder);
        grpcBuilder.Services.AddOptions<GrpcServiceOptions<TService>>()
            .Configure<IOptions<GrpcServiceOptions>>((own, all) =>
            {
                own.MaxReceiveMessageSize = all.Value.MaxReceiveMessageSize;
                own.MaxSendMessageSize = all.Value.MaxSendMessageSize;
                own.EnableDetailedErrors = all.Value.EnableDetailedErrors;
            })
            .Configure(configure);
        grpcBuilder.Services.AddSingleton(new OwnServiceOptions(typeof(TService)));
        return grpcBuilder;
    }
}
