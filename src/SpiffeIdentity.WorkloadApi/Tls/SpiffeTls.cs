using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Mutual TLS with X509-SVIDs, for any <see cref="SslStream"/>.</summary>
/// <remarks>
/// The peer is verified by the bundle of its own trust domain and then authorized by its SPIFFE ID; host names and the system's roots
/// play no part. Options are for one handshake: they hold the SVID of the moment in which they are made, and verify by the bundles of
/// the moment of the handshake. Sessions are not resumed, so that every connection presents its whole chain, and is verified anew.
/// </remarks>
public static class SpiffeTls
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>What handshakes agree on: TLS 1.3's suites, and of TLS 1.2 those with ephemeral keys (ECDHE) and authenticated encryption (AES-GCM, ChaCha20-Poly1305),
    /// which is what Envoy, Go, Java and OpenSSL prefer. No CBC, no key exchange by RSA.</summary>
    /// <value>Null on systems other than Linux, which take no list from a program: there the system's own holds.</value>
    public static CipherSuitesPolicy? CipherSuites { get; } = OperatingSystem.IsLinux()
        ? new CipherSuitesPolicy(
        [
            TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ])
        : null;

    /// <summary>Options for a server's next handshake; every client must present an SVID.</summary>
    /// <param name="source">The server's SVID, and the bundles.</param>
    /// <param name="clients">Which clients are let in; to let in any, say so with <see cref="SpiffeIdMatcher.Any"/>.</param>
    /// <param name="onPeer">Told who the client is, once it was let in and before the handshake ends.</param>
    /// <returns>Options for <see cref="SslStream.AuthenticateAsServerAsync(SslServerAuthenticationOptions, CancellationToken)"/>.</returns>
    /// <exception cref="SvidUnavailableException">There is no SVID to show.</exception>
    public static SslServerAuthenticationOptions CreateServerOptions(
        X509Source source, SpiffeIdMatcher clients, Action<SpiffePeer>? onPeer = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(clients);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = source.GetCredential().TlsContext,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            CipherSuitesPolicy = CipherSuites,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PlatformOff(),
            RemoteCertificateValidationCallback = Verification(new PeerJudge(source, clients, TlsSide.Client), source.Logger, onPeer, onRefusal: null),
        };
    }

    /// <summary>What a server asks for its options at each handshake, so that it always shows its newest SVID.</summary>
    /// <param name="source">The server's SVID, and the bundles.</param>
    /// <param name="clients">Which clients are let in.</param>
    /// <returns>A callback for <see cref="SslStream.AuthenticateAsServerAsync(ServerOptionsSelectionCallback, object?, CancellationToken)"/>.</returns>
    public static ServerOptionsSelectionCallback CreateServerOptionsCallback(X509Source source, SpiffeIdMatcher clients)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(clients);
        return (_, _, _, _) => ValueTask.FromResult(CreateServerOptions(source, clients));
    }

    /// <summary>Options for a client's next handshake.</summary>
    /// <param name="source">The client's SVID, and the bundles.</param>
    /// <param name="server">Which servers are talked to; to talk to any, say so with <see cref="SpiffeIdMatcher.Any"/>.</param>
    /// <param name="targetHost">The name that goes into SNI; it is not compared with anything.</param>
    /// <param name="onPeer">Told who the server is, before the handshake ends.</param>
    /// <returns>Options for <see cref="SslStream.AuthenticateAsClientAsync(SslClientAuthenticationOptions, CancellationToken)"/>.</returns>
    /// <exception cref="SvidUnavailableException">There is no SVID to show.</exception>
    public static SslClientAuthenticationOptions CreateClientOptions(
        X509Source source, SpiffeIdMatcher server, string targetHost = "", Action<SpiffePeer>? onPeer = null) =>
        CreateClientOptions(source, server, targetHost, onPeer, onRefusal: null);

    internal static SslClientAuthenticationOptions CreateClientOptions(
        X509Source source, SpiffeIdMatcher server, string targetHost, Action<SpiffePeer>? onPeer, Action<string>? onRefusal)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(server);
        return new SslClientAuthenticationOptions
        {
            TargetHost = targetHost,
            ClientCertificateContext = source.GetCredential().TlsContext,
            EnabledSslProtocols = Protocols,
            CipherSuitesPolicy = CipherSuites,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PlatformOff(),
            RemoteCertificateValidationCallback = Verification(new PeerJudge(source, server, TlsSide.Server), source.Logger, onPeer, onRefusal),
        };
    }

    // The platform builds a chain before it asks us; this keeps it from the system's roots and from the network.
    private static X509ChainPolicy PlatformOff() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private static RemoteCertificateValidationCallback Verification(
        PeerJudge judge, ILogger logger, Action<SpiffePeer>? onPeer, Action<string>? onRefusal) =>
        (_, certificate, chain, _) =>
        {
            if (judge.TryAccept(certificate, chain, out var peer, out var refusal))
            {
                onPeer?.Invoke(peer);
                return true;
            }

            ClientLog.PeerRefused(logger, refusal);
            onRefusal?.Invoke(refusal);
            return false;
        };
}
