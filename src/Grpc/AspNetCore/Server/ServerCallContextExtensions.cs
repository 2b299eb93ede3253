using Grpc.AspNetCore.Server.Calls;
using Microsoft.AspNetCore.Http;

// Where the real library has it.
#pragma warning disable IDE0130
namespace Grpc.Core;
#pragma warning restore IDE0130

/// <summary>From a call to the HTTP request that carries it.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The HTTP request of a call.</summary>
    /// <param name="serverCallContext">The call.</param>
    /// <returns>Its context, valid until the handler ends.</returns>
    /// <exception cref="InvalidOperationException">The call does not come from this server.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext) =>
        serverCallContext is HttpServerCallContext call
            ? call.Http
            : throw new InvalidOperationException("the call was not received over HTTP by this server");
}
