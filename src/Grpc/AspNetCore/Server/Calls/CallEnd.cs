using Grpc.Core;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The ends a call can have.</summary>
internal static class CallEnd
{
    /// <summary>Sends the one response of a call, and its status.</summary>
    public static async ValueTask SendAsync<T>(HttpServerCallContext call, Marshaller<T> marshaller, T? response)
        where T : class
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
        ResponseMessage.Write(call, marshaller, response);
        call.WriteStatus(call.Status);
    }

    /// <summary>Ends a stream of responses with the handler's status.</summary>
    public static async ValueTask CompleteAsync(HttpServerCallContext call)
    {
        if (await call.TryFinishAsync())
        {
            call.WriteStatus(call.Status);
        }
    }

    /// <summary>Answers a request that no handler saw.</summary>
    public static async Task RefuseAsync(HttpServerCallContext call, Status refusal)
    {
        if (await call.TryFinishAsync())
        {
            Log.RequestRefused(call.Settings.Logger, call.Method, refusal.StatusCode, refusal.Detail);
            call.WriteStatus(refusal);
        }
    }

    /// <summary>Ends a call whose handler threw.</summary>
    public static async Task FailAsync(HttpServerCallContext call, Exception exception)
    {
        var status = Classify(call, exception);
        if (await call.TryFinishAsync())
        {
            call.WriteStatus(status);
        }
    }

    private static Status Classify(HttpServerCallContext call, Exception exception)
    {
        switch (exception)
        {
            case RpcException refusal:
                AddTrailers(call, refusal.Trailers);
                return refusal.Status;
            case OperationCanceledException when call.IsOver:
                Log.CallCancelled(call.Settings.Logger, call.Method);
                return Status.DefaultCancelled;
            default:
                Log.HandlerFailed(call.Settings.Logger, call.Method, exception);
                return new Status(
                    StatusCode.Unknown,
                    call.Settings.DetailedErrors
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
