using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>The result of <c>AddGrpc</c>, to configure single services.</summary>
public interface IGrpcServerBuilder
{
    /// <summary>The service collection.</summary>
    IServiceCollection Services { get; }
}

/// <inheritdoc/>
internal sealed class GrpcServerBuilder(IServiceCollection services) : IGrpcServerBuilder
{
    public IServiceCollection Services => services;
}
