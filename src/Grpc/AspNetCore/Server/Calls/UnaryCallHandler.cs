using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

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
    private const int ResetInternalError = 2;

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
                await SendAsync(call, await InvokeAsync(request, call));
            }
            else
            {
                await RefuseAsync(call, received.Refusal);
            }
        }
#pragma warning disable CA1031 // The outermost place: whatever a handler throws ends as a status of its call only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await FailAsync(call, exception);
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

    private async ValueTask SendAsync(HttpServerCallContext call, TResponse? response)
    {
        if (!await call.TryFinishAsync())
        {
            return;
        }

        if (response is null)
        {
            call.WriteStatus(new Status(StatusCode.Internal, "the method returned no message"));
            return;
        }

        // Started before the message is written, and not flushed: Kestrel then copies nothing, and sends headers,
        // message and trailers together when the request ends.
        CallStart.SetContentType(call.Http);
        await call.Http.Response.StartAsync();
        WriteMessage(call.Http, response);
        call.WriteStatus(call.Status);
    }

    private void WriteMessage(HttpContext http, TResponse response)
    {
        var whole = false;
        try
        {
            FrameWriter.Write(
                response, method.ResponseMarshaller.ContextualSerializer, http.Response.BodyWriter, settings.MaxSend);
            whole = true;
        }
        catch (RpcException)
        {
            whole = true; // Above the limit for sending: nothing was written.
            throw;
        }
        finally
        {
            if (!whole)
            {
                // A status after half a message would be read as its other half.
                http.Features.Get<IHttpResetFeature>()?.Reset(ResetInternalError);
            }
        }
    }

    private async Task RefuseAsync(HttpServerCallContext call, Status refusal)
    {
        if (await call.TryFinishAsync())
        {
            Log.RequestRefused(settings.Logger, method.FullName, refusal.StatusCode, refusal.Detail);
            call.WriteStatus(refusal);
        }
    }

    private async Task FailAsync(HttpServerCallContext call, Exception exception)
    {
        var status = Classify(call, exception);
        if (await call.TryFinishAsync())
        {
            call.WriteStatus(status);
        }
    }

    private Status Classify(HttpServerCallContext call, Exception exception)
    {
        switch (exception)
        {
            case RpcException refusal:
                AddTrailers(call, refusal.Trailers);
                return refusal.Status;
            case OperationCanceledException when call.IsOver:
                Log.CallCancelled(settings.Logger, method.FullName);
                return Status.DefaultCancelled;
            default:
                Log.HandlerFailed(settings.Logger, method.FullName, exception);
                return new Status(
                    StatusCode.Unknown,
                    settings.DetailedErrors
                        ? $"exception was thrown by handler: {exception.GetType().Name}: {exception.Message}"
                        : "exception was thrown by handler");
        }
    }

    private static void AddTrailers(HttpServerCallContext call, Metadata trailers)
    {
        foreach (var entry in trailers)
        {
            call.ResponseTrailers.Add(entry);
        }
    }
}
