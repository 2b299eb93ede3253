using System.Net.Http;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>A channel over HTTP/2; thread-safe, and meant to be kept.</summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly Uri _address;
    private readonly GrpcChannelOptions _options;
    private readonly HttpMessageInvoker _http;
    private readonly CancellationTokenSource _closed = new();

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        _address = address;
        _options = options;

        // More than one connection: a server lets only so many calls on each.
        _http = options.HttpHandler is { } handler
            ? new HttpMessageInvoker(handler, options.DisposeHttpClient)
            : new HttpMessageInvoker(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }, disposeHandler: true);
    }

    /// <summary>A channel to a server.</summary>
    /// <param name="address">Its address: <c>http://host:port</c> without TLS, <c>https://host:port</c> with.</param>
    /// <returns>The channel; it connects with the first call.</returns>
    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    /// <summary>A channel to a server.</summary>
    /// <param name="address">Its address: <c>http://host:port</c> without TLS, <c>https://host:port</c> with.</param>
    /// <param name="channelOptions">How to connect.</param>
    /// <returns>The channel; it connects with the first call.</returns>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) =>
        ForAddress(new Uri(address), channelOptions);

    /// <summary>A channel to a server.</summary>
    /// <param name="address">Its address.</param>
    /// <returns>The channel; it connects with the first call.</returns>
    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <summary>A channel to a server.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="channelOptions">How to connect.</param>
    /// <returns>The channel; it connects with the first call.</returns>
    /// <exception cref="ArgumentException">The address is neither http nor https.</exception>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? new GrpcChannel(address, channelOptions)
            : throw new ArgumentException($"`{address}` is no http or https address", nameof(address));
    }

    /// <inheritdoc/>
    public override CallInvoker CreateCallInvoker() => new HttpCallInvoker(_http, _address, _options, _closed.Token);

    /// <summary>Closes the connections; calls under way end as cancelled.</summary>
    public void Dispose()
    {
        if (!_closed.IsCancellationRequested)
        {
            _closed.Cancel();
            _http.Dispose();
        }

        _closed.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }
}
