using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>Who may read and write a streaming call. The request's context dies with its handler, so nobody may after it.</summary>
internal sealed class CallStreams
{
    /// <summary>Who reads requests.</summary>
    public Turnstile Reads { get; } = new();

    /// <summary>Who writes headers or responses.</summary>
    public Turnstile Writes { get; } = new();

    /// <summary>Ends what a handler left under way.</summary>
    public async ValueTask CloseAsync(HttpContext http, CallCutoff cutoff)
    {
        var writes = Writes.CloseAsync();
        if (!writes.IsCompleted)
        {
            cutoff.ReleaseWrite();
        }

        var reads = Reads.CloseAsync();
        if (!reads.IsCompleted)
        {
            http.Request.BodyReader.CancelPendingRead();
        }

        await writes;
        await reads;
    }
}
