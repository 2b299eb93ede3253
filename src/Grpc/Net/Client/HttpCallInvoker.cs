using System.Collections.Concurrent;
using System.Net.Http;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>Starts calls on a channel's connections.</summary>
/// <param name="http">Sends requests.</param>
/// <param name="address">The server.</param>
/// <param name="options">The channel's options.</param>
/// <param name="closed">Cancelled when the channel is disposed.</param>
internal sealed class HttpCallInvoker(
    HttpMessageInvoker http, Uri address, GrpcChannelOptions options, CancellationToken closed) : CallInvoker
{
    private readonly ConcurrentDictionary<string, Uri> _uris = new(StringComparer.Ordinal);

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions callOptions, TRequest request)
    {
        using var call = AsyncUnaryCall(method, host, callOptions, request);
#pragma warning disable VSTHRD002 // The caller asked to block; the call never needs its thread.
        return call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions callOptions, TRequest request) =>
        new UnaryClientCall<TRequest, TResponse>(http, method, options, Checked(callOptions), closed)
            .Start(UriOf(method), host, request);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions callOptions, TRequest request) =>
        new StreamingClientCall<TRequest, TResponse>(http, method, options, Checked(callOptions), closed)
            .Start(UriOf(method), host, request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions callOptions) =>
        new UnaryClientCall<TRequest, TResponse>(http, method, options, Checked(callOptions), closed)
            .Start(UriOf(method), host);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions callOptions) =>
        new StreamingClientCall<TRequest, TResponse>(http, method, options, Checked(callOptions), closed)
            .Start(UriOf(method), host);

    private CallOptions Checked(CallOptions callOptions)
    {
        ObjectDisposedException.ThrowIf(closed.IsCancellationRequested, typeof(GrpcChannel));
        return callOptions.Credentials is null
            ? callOptions
            : throw new NotSupportedException("send tokens as metadata; call credentials are not supported");
    }

    private Uri UriOf(IMethod method) =>
        _uris.GetOrAdd(method.FullName, static (path, address) => new Uri(address, path), address);
}
