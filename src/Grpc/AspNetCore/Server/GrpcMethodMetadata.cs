using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>Tells middleware which method an endpoint is.</summary>
/// <param name="serviceType">The class that implements it.</param>
/// <param name="method">The method.</param>
public sealed class GrpcMethodMetadata(Type serviceType, IMethod method)
{
    /// <summary>The class that implements it.</summary>
    public Type ServiceType { get; } = serviceType;

    /// <summary>The method.</summary>
    public IMethod Method { get; } = method;
}
