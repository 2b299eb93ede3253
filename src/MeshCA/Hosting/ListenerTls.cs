using System.Net.Security;
using System.Security.Authentication;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.Hosting;

/// <summary>What all TLS ports have in common.</summary>
internal static class ListenerTls
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Options of a connection that asks for no client certificate.</summary>
    /// <param name="certificate">What is shown; null: there is none yet.</param>
    /// <exception cref="AuthenticationException">There is none yet.</exception>
    public static SslServerAuthenticationOptions Create(SslStreamCertificateContext? certificate) => new()
    {
        ServerCertificateContext = certificate ?? throw new AuthenticationException("no certificate for this port yet"),
        ApplicationProtocols = Protocols,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = SpiffeTls.CipherSuites,
        AllowRenegotiation = false,

        // OpenSSL's sessions keep the leaf of a client's chain alone: resumed, one with intermediates that are not ours would be refused.
        AllowTlsResume = false,
    };
}
