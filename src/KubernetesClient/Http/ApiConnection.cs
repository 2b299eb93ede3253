using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using KubernetesClient.Configuration;

namespace KubernetesClient.Http;

/// <summary>Sends requests to one server, as the configured user.</summary>
internal sealed class ApiConnection : IDisposable
{
    private const int HeaderKibibytes = 64;

    // So that new roots and certificates are in force soon after they are written.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly KubernetesClientConfiguration _configuration;
    private readonly ClientCertificate? _certificate;
    private readonly BearerToken? _token;
    private readonly HttpClient _http;
    private readonly string _root;

    /// <summary>Makes it; nothing is connected yet.</summary>
    /// <param name="configuration">Where and as whom.</param>
    /// <param name="clock">The time.</param>
    public ApiConnection(KubernetesClientConfiguration configuration, TimeProvider clock)
    {
        _configuration = configuration;
        _root = configuration.Server.AbsoluteUri.TrimEnd('/');
        _token = configuration.AccessToken is { } token ? new BearerToken(token, clock) : null;
        _certificate = configuration is { ClientCertificate: { } pem, ClientKey: { } key } ? new ClientCertificate(pem, key) : null;
        _http = new HttpClient(CreateHandler(), disposeHandler: true)
        {
            Timeout = Timeout.InfiniteTimeSpan, // each call has a deadline of its own
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("meshca", typeof(ApiConnection).Assembly.GetName().Version?.ToString(3)));
    }

    /// <summary>Sends a request, and once more with a new token if the server no longer takes the old one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer as far as its headers; the caller disposes it.</returns>
    public async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var token = _token?.Read();
        var answer = await SendAsync(request, token, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && _token?.Read(refused: token) is { } renewed && renewed != token)
        {
            answer.Dispose();
            answer = await SendAsync(request, renewed, cancellationToken);
        }

        return answer;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _http.Dispose();
        _certificate?.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, string? token, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, new Uri(_root + request.Path));
        if (_configuration.Server.Scheme == Uri.UriSchemeHttps)
        {
            message.Version = HttpVersion.Version20;
            message.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        }

        // The handler takes the name to verify, and to send in the handshake, from this header.
        message.Headers.Host = _configuration.TlsServerName;

        // Objects come as JSON in any case; documents may have a type of their own, and the server refuses who does not accept it.
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*", 0.5));
        if (token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(request.ContentType);
        }

        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // would carry the token elsewhere
            AutomaticDecompression = DecompressionMethods.None, // a limit on bytes would not hold
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = ApiLimits.ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            MaxResponseHeadersLength = HeaderKibibytes,
            EnableMultipleHttp2Connections = true, // each watch holds a stream
            KeepAlivePingDelay = KeepAlive,
            KeepAlivePingTimeout = KeepAlive,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        if (_configuration.CertificateAuthority is { } roots)
        {
            var trust = new ServerTrust(roots);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => trust.Accepts(certificate, chain, errors);
        }

        if (_certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate.Current!;
        }

        return handler;
    }

    // A watch may be silent for minutes: only the system notices that the machine at the other end is gone.
    private static async ValueTask<System.IO.Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)KeepAlive.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)KeepAlive.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A request.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="ContentType">What the body is.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path, ReadOnlyMemory<byte>? Body = null, string ContentType = ApiRequest.Json)
{
    /// <summary>An object.</summary>
    public const string Json = "application/json";

    /// <summary>A patch of RFC 6902.</summary>
    public const string JsonPatch = "application/json-patch+json";

    /// <summary>An apply; JSON is YAML too.</summary>
    public const string Apply = "application/apply-patch+yaml";
}
