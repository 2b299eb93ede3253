using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using SpiffeIdentity.WorkloadApi.Rpc.Core;
using SpiffeIdentity.WorkloadApi.Rpc.Net.Client;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>A connection to the Workload API: plain HTTP/2 over a Unix socket or TCP, made again when it is lost.</summary>
internal sealed class WorkloadChannel : IDisposable
{
    // The server tells callers apart by their connection; this only guards it against requests that a browser or a proxy was tricked into.
    private static readonly Metadata SecurityHeader = [new Metadata.Entry("workload.spiffe.io", "true")];

    // Below five minutes gRPC servers of the usual make take pings for an attack.
    private static readonly TimeSpan PingInterval = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _calls;
    private readonly WorkloadApiOptions _options;

    /// <summary>A channel that connects with its first call.</summary>
    public WorkloadChannel(WorkloadApiAddress address, WorkloadApiOptions options)
    {
        _options = options;
        Address = address;
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = CreateHandler(address.EndPoint),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = options.MaxMessageLength,
        });
        _calls = _channel.CreateCallInvoker();
    }

    public WorkloadApiAddress Address { get; }

    /// <summary>Starts a stream.</summary>
    public AsyncServerStreamingCall<TResponse> Start<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class =>
        _calls.AsyncServerStreamingCall(method, null, new CallOptions(SecurityHeader, cancellationToken: cancellationToken), request);

    /// <summary>Starts a stream both ways.</summary>
    public AsyncDuplexStreamingCall<TRequest, TResponse> StartBoth<TRequest, TResponse>(
        Method<TRequest, TResponse> method, CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class =>
        _calls.AsyncDuplexStreamingCall(method, null, new CallOptions(SecurityHeader, cancellationToken: cancellationToken));

    /// <summary>Calls once, without another attempt.</summary>
    /// <exception cref="WorkloadApiException">It failed, or no answer came in time.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class
    {
        using var timeout = new CancellationTokenSource(_options.CallTimeout, _options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var call = _calls.AsyncUnaryCall(method, null, new CallOptions(SecurityHeader, cancellationToken: either.Token), request);
            return await call.ResponseAsync;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new WorkloadApiException(CallFailures.Of(e.Status, timeout.IsCancellationRequested));
        }
    }

    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler CreateHandler(EndPoint endPoint) => new()
    {
        EnableMultipleHttp2Connections = true,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = ConnectTimeout,
        KeepAlivePingDelay = endPoint is IPEndPoint ? PingInterval : Timeout.InfiniteTimeSpan, // a Unix socket's end is seen at once
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = endPoint is IPEndPoint
                ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
                : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
