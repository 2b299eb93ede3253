namespace Grpc.Core;

/// <summary>A server-streaming call. A type only, which generated clients name: no streaming call can be started yet.</summary>
/// <typeparam name="TResponse">The response message.</typeparam>
public sealed class AsyncServerStreamingCall<TResponse>
{
    private AsyncServerStreamingCall()
    {
    }
}

/// <summary>A client-streaming call. A type only, which generated clients name: no streaming call can be started yet.</summary>
/// <typeparam name="TRequest">The request message.</typeparam>
/// <typeparam name="TResponse">The response message.</typeparam>
public sealed class AsyncClientStreamingCall<TRequest, TResponse>
{
    private AsyncClientStreamingCall()
    {
    }
}

/// <summary>A bidirectional call. A type only, which generated clients name: no streaming call can be started yet.</summary>
/// <typeparam name="TRequest">The request message.</typeparam>
/// <typeparam name="TResponse">The response message.</typeparam>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse>
{
    private AsyncDuplexStreamingCall()
    {
    }
}
