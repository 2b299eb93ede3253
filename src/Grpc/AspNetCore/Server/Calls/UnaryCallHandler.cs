using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Serves one unary method.</summary>
/// <param name="method">The method.</param>
/// <param name="invoke">Its implementation, to be given the service object.</param>
/// <param name="settings">The service's settings.</param>
internal sealed class UnaryCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    Func<TService, TRequest, ServerCallContext, Task<TResponse>> invoke,
    CallSettings settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    public Task HandleAsync(HttpContext http)
    {
        if (CallRefusal.IsRefused(http))
        {
            return Task.CompletedTask;
        }

        return CallRefusal.IsExactPath(http, method.FullName) ? RunAsync(http) : CallRefusal.AnswerUnimplemented(http);
    }

    private async Task RunAsync(HttpContext http)
    {
        using var call = new HttpServerCallContext(http, method.FullName, settings);
        try
        {
            var received = await RequestReader.ReadAsync(call, method.RequestMarshaller.ContextualDeserializer);
            if (received.Message is { } request)
            {
                await CallEnd.SendAsync(call, method.ResponseMarshaller, await InvokeAsync(request, call));
            }
            else
            {
                await CallEnd.RefuseAsync(call, received.Refusal);
            }
        }
#pragma warning disable CA1031 // The outermost place: whatever a handler throws ends as a status of its call only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await CallEnd.FailAsync(call, exception);
        }
    }

    private async Task<TResponse> InvokeAsync(TRequest request, HttpServerCallContext call)
    {
        var activation = ServiceActivation<TService>.From(call.Http.RequestServices);
        try
        {
            return await invoke(activation.Service, request, call);
        }
        finally
        {
            await activation.ReleaseAsync();
        }
    }
}
