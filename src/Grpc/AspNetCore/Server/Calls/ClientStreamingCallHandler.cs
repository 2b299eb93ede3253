using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Serves one client-streaming method.</summary>
/// <param name="method">The method.</param>
/// <param name="invoke">Its implementation, to be given the service object.</param>
/// <param name="settings">The service's settings.</param>
internal sealed class ClientStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>> invoke,
    CallSettings settings) : StreamingCallHandler<TService>(method, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task ServeAsync(HttpServerCallContext call)
    {
        var requests = new RequestStreamReader<TRequest>(call, method.RequestMarshaller.ContextualDeserializer);
        var response = await InvokeAsync(call, service => invoke(service, requests, call));
        await CallEnd.SendAsync(call, method.ResponseMarshaller, response);
    }
}
