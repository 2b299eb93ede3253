using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Serves one method that streams.</summary>
/// <param name="method">The method.</param>
/// <param name="settings">The service's settings.</param>
internal abstract class StreamingCallHandler<TService>(IMethod method, CallSettings settings)
    where TService : class
{
    public Task HandleAsync(HttpContext http)
    {
        if (CallRefusal.IsRefused(http))
        {
            return Task.CompletedTask;
        }

        return CallRefusal.IsExactPath(http, method.FullName) ? RunAsync(http) : CallRefusal.AnswerUnimplemented(http);
    }

    /// <summary>Runs the handler and ends the call, unless it throws.</summary>
    protected abstract Task ServeAsync(HttpServerCallContext call);

    /// <summary>Runs something on the object that serves the call.</summary>
    protected static async Task<T> InvokeAsync<T>(HttpServerCallContext call, Func<TService, Task<T>> invoke)
    {
        var activation = ServiceActivation<TService>.From(call.Http.RequestServices);
        try
        {
            return await invoke(activation.Service);
        }
        finally
        {
            await activation.ReleaseAsync();
        }
    }

    /// <inheritdoc cref="InvokeAsync{T}"/>
    protected static async Task InvokeAsync(HttpServerCallContext call, Func<TService, Task> invoke)
    {
        var activation = ServiceActivation<TService>.From(call.Http.RequestServices);
        try
        {
            await invoke(activation.Service);
        }
        finally
        {
            await activation.ReleaseAsync();
        }
    }

    private async Task RunAsync(HttpContext http)
    {
        using var call = new HttpServerCallContext(http, method.FullName, settings, streams: true);
        try
        {
            await ServeAsync(call);
        }
#pragma warning disable CA1031 // The outermost place: whatever a handler throws ends as a status of its call only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await CallEnd.FailAsync(call, exception);
        }
    }
}
