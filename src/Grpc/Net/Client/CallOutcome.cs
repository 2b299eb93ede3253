using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>How a call ended.</summary>
/// <param name="Status">The status.</param>
/// <param name="Trailers">What came with the status.</param>
internal record CallOutcome(Status Status, Metadata Trailers)
{
    /// <summary>An end without trailers.</summary>
    public CallOutcome(Status status)
        : this(status, [])
    {
    }

    /// <summary>An end that this side found.</summary>
    public CallOutcome(StatusCode code, string detail)
        : this(new Status(code, detail))
    {
    }

    /// <summary>What callers are thrown.</summary>
    public RpcException ToException() => new(Status, Trailers);
}

/// <summary>The end of a call with one response.</summary>
/// <param name="Message">The response.</param>
/// <param name="Trailers">What came with the status.</param>
internal sealed record ReceivedResponse<T>(T Message, Metadata Trailers) : CallOutcome(Status.DefaultSuccess, Trailers)
    where T : class;
