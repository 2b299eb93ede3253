using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A unary call under way; disposing it before it ended cancels it.</summary>
/// <typeparam name="TResponse">The response message.</typeparam>
/// <param name="responseAsync">The response, or an <see cref="RpcException"/>.</param>
/// <param name="responseHeadersAsync">The response headers, or an <see cref="RpcException"/>.</param>
/// <param name="getStatusFunc">The status, once there is one.</param>
/// <param name="getTrailersFunc">The trailers, once there are any.</param>
/// <param name="disposeAction">Cancels the call.</param>
public sealed class AsyncUnaryCall<TResponse>(
    Task<TResponse> responseAsync,
    Task<Metadata> responseHeadersAsync,
    Func<Status> getStatusFunc,
    Func<Metadata> getTrailersFunc,
    Action disposeAction) : IDisposable
{
    /// <summary>The response; fails with an <see cref="RpcException"/>.</summary>
    public Task<TResponse> ResponseAsync { get; } = responseAsync;

    /// <summary>The headers of the response; fails with an <see cref="RpcException"/>.</summary>
    public Task<Metadata> ResponseHeadersAsync { get; } = responseHeadersAsync;

    /// <summary>Awaits the response.</summary>
    /// <returns>The awaiter.</returns>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>Awaits the response on a chosen context.</summary>
    /// <param name="continueOnCapturedContext">Whether to come back to this context.</param>
    /// <returns>The awaitable.</returns>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);

    /// <summary>The status of a call that ended.</summary>
    /// <returns>The status.</returns>
    /// <exception cref="InvalidOperationException">The call is under way.</exception>
    public Status GetStatus() => getStatusFunc();

    /// <summary>The trailers of a call that ended.</summary>
    /// <returns>The trailers.</returns>
    /// <exception cref="InvalidOperationException">The call is under way.</exception>
    public Metadata GetTrailers() => getTrailersFunc();

    /// <summary>Cancels the call if it is under way.</summary>
    public void Dispose() => disposeAction();
}
