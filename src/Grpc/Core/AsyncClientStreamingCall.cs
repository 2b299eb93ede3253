using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A client-streaming call under way; disposing it before it ended cancels it.</summary>
/// <typeparam name="TRequest">The request message.</typeparam>
/// <typeparam name="TResponse">The response message.</typeparam>
/// <param name="requestStream">Takes the requests.</param>
/// <param name="responseAsync">The response, or an <see cref="RpcException"/>.</param>
/// <param name="responseHeadersAsync">The response headers, or an <see cref="RpcException"/>.</param>
/// <param name="getStatusFunc">The status, once there is one.</param>
/// <param name="getTrailersFunc">The trailers, once there are any.</param>
/// <param name="disposeAction">Cancels the call.</param>
public sealed class AsyncClientStreamingCall<TRequest, TResponse>(
    IClientStreamWriter<TRequest> requestStream,
    Task<TResponse> responseAsync,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    /// <summary>Takes the requests; the server answers after <see cref="IClientStreamWriter{T}.CompleteAsync"/> at the latest.</summary>
    public IClientStreamWriter<TRequest> RequestStream { get; } = requestStream;

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.ResponseAsync"/>
    public Task<TResponse> ResponseAsync { get; } = responseAsync;

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.ResponseHeadersAsync"/>
    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.GetAwaiter"/>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.ConfigureAwait"/>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.GetStatus"/>
    public Status GetStatus() => getStatusFunc();

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.GetTrailers"/>
    public Metadata GetTrailers() => getTrailersFunc();

    /// <inheritdoc cref="AsyncUnaryCall{TResponse}.Dispose"/>
    public void Dispose() => disposeAction();
}
