using System.IO;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>HTTP clients that show an X509-SVID and talk only to whom they are told to; HttpClient and gRPC channels take the handler alike.</summary>
public static class SpiffeHttp
{
    /// <summary>Makes a handler.</summary>
    /// <param name="source">The client's SVID, and the bundles; it must live longer than the handler.</param>
    /// <param name="server">Which servers are talked to; to talk to any, say so with <see cref="SpiffeIdMatcher.Any"/>.</param>
    /// <param name="options">How long connections live; null for the defaults.</param>
    /// <returns>
    /// A handler for <c>https</c> addresses; other schemes fail. Each connection shows the newest SVID. Connections are replaced after
    /// <see cref="SpiffeHttpOptions.ConnectionLifetime"/>, once their requests are done, so that a rotated or revoked SVID of either
    /// side takes effect and no request fails for it. Proxies are not used: TLS would end there. HTTP/3 is not spoken.
    /// </returns>
    public static SocketsHttpHandler CreateHandler(X509Source source, SpiffeIdMatcher server, SpiffeHttpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(server);
        options ??= new SpiffeHttpOptions();
        options.Check();
        return new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = options.ConnectionLifetime,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(source, server, context, cancellationToken),

            // HTTP/3 asks no ConnectCallback: it would trust the system's roots and a host name.
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => false },
        };
    }

    // The handler takes an SslStream as it is. Its own TLS keeps one certificate for good, and could not present a chain that changes.
    private static async ValueTask<Stream> ConnectAsync(
        X509Source source, SpiffeIdMatcher server, SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var request = context.InitialRequestMessage;
        if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new HttpRequestException($"`{request.RequestUri?.Scheme}` is not https: nobody would be authenticated");
        }

        string? refusal = null;
        var tls = SpiffeTls.CreateClientOptions(source, server, context.DnsEndPoint.Host, onPeer: null, why => refusal = why);
        tls.ApplicationProtocols = ProtocolsFor(request);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(tls, cancellationToken);
            return stream;
        }
        catch (AuthenticationException e) when (refusal is not null)
        {
            await DisposeAsync(socket, stream);
            throw new AuthenticationException($"the server was refused: {refusal}", e);
        }
        catch
        {
            await DisposeAsync(socket, stream);
            throw;
        }
    }

    // As the handler would offer them: it takes an HTTP/1.1 connection for one whatever was agreed on.
    private static List<SslApplicationProtocol>? ProtocolsFor(HttpRequestMessage request) => request switch
    {
        { Version.Major: >= 2, VersionPolicy: not HttpVersionPolicy.RequestVersionOrLower } => [SslApplicationProtocol.Http2],
        { Version.Major: >= 2 } or { VersionPolicy: HttpVersionPolicy.RequestVersionOrHigher } =>
            [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        _ => [SslApplicationProtocol.Http11],
    };

    private static async ValueTask DisposeAsync(Socket socket, SslStream? stream)
    {
        if (stream is not null)
        {
            await stream.DisposeAsync();
        }

        socket.Dispose();
    }
}

/// <summary>How the connections of a handler live.</summary>
public sealed class SpiffeHttpOptions
{
    /// <summary>After this time a connection takes no more requests, and a new one is made: 5 minutes.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long connecting and the handshake may take together: 15 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectionLifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
    }
}
