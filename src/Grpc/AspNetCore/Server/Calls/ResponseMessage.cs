using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Writes responses into the transport's buffer.</summary>
internal static class ResponseMessage
{
    private const int ResetInternalError = 2;

    /// <summary>Writes one; the response must have started.</summary>
    /// <exception cref="RpcException">It is above the limit for sending; nothing was written.</exception>
    public static void Write<T>(HttpServerCallContext call, Marshaller<T> marshaller, T message)
    {
        var whole = false;
        try
        {
            FrameWriter.Write(
                message, marshaller.ContextualSerializer, call.Http.Response.BodyWriter, call.Settings.MaxSend);
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
                call.Http.Features.Get<IHttpResetFeature>()?.Reset(ResetInternalError);
            }
        }
    }
}
