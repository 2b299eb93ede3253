using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Serves one bidirectional method.</summary>
/// <param name="method">The method.</param>
/// <param name="invoke">Its implementation, to be given the service object.</param>
/// <param name="settings">The service's settings.</param>
internal sealed class DuplexStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> invoke,
    CallSettings settings) : StreamingCallHandler<TService>(method, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task ServeAsync(HttpServerCallContext call)
    {
        var requests = new RequestStreamReader<TRequest>(call, method.RequestMarshaller.ContextualDeserializer);
        var responses = new ResponseStreamWriter<TResponse>(call, method.ResponseMarshaller);
        await InvokeAsync(call, service => invoke(service, requests, responses, call));
        await CallEnd.CompleteAsync(call);
    }
}
