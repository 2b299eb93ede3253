using System.IO;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.Requesting;

/// <summary>Connects to a CA's TLS port, believing in given roots and nothing else.</summary>
internal static class TlsChannel
{
    private static readonly TimeSpan LongestDial = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A channel; it connects with the first call.</summary>
    /// <param name="address">The service, as <c>https://host:port</c>.</param>
    /// <param name="roots">The roots its serving certificate must chain to; null for the system's.</param>
    /// <param name="serverName">The DNS name it must be for; null takes the address's host.</param>
    /// <param name="clientCertificate">What is shown, with key and intermediates; null for nothing.</param>
    /// <param name="options">More about the channel.</param>
    public static GrpcChannel Open(
        Uri address,
        X509Certificate2Collection? roots,
        string? serverName,
        SslStreamCertificateContext? clientCertificate,
        GrpcChannelOptions? options = null)
    {
        var tls = new SslClientAuthenticationOptions
        {
            CipherSuitesPolicy = SpiffeTls.CipherSuites,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = roots is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots ?? []);
        tls.ClientCertificateContext = clientCertificate;

        // The handler verifies the name of the URI and nothing else, so the URI has the name and the dialling the address.
        var named = serverName is null ? address : new UriBuilder(address) { Host = serverName }.Uri;
        options ??= new GrpcChannelOptions();
        options.HttpHandler = new SocketsHttpHandler
        {
            SslOptions = tls,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(address, cancellationToken),
            ConnectTimeout = LongestDial,

            // A stream that waits for news would not notice that its server is gone (istio-ca §6.3).
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        options.DisposeHttpClient = true;
        return GrpcChannel.ForAddress(named, options);
    }

    private static async ValueTask<Stream> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.DnsSafeHost, address.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
