using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Serves one server-streaming method.</summary>
/// <param name="method">The method.</param>
/// <param name="invoke">Its implementation, to be given the service object.</param>
/// <param name="settings">The service's settings.</param>
internal sealed class ServerStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> invoke,
    CallSettings settings) : StreamingCallHandler<TService>(method, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task ServeAsync(HttpServerCallContext call)
    {
        var received = await RequestReader.ReadAsync(call, method.RequestMarshaller.ContextualDeserializer);
        if (received.Message is not { } request)
        {
            await CallEnd.RefuseAsync(call, received.Refusal);
            return;
        }

        var responses = new ResponseStreamWriter<TResponse>(call, method.ResponseMarshaller);
        await InvokeAsync(call, service => invoke(service, request, responses, call));
        await CallEnd.CompleteAsync(call);
    }
}
