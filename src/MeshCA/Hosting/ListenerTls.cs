using System.Net.Security;
using System.Security.Authentication;

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
        AllowRenegotiation = false,

        // Neither a list of cipher suites nor an end to resumption: with either .NET makes OpenSSL's context anew for each connection, which
        // costs a quarter of a handshake. The system's list has ephemeral keys alone. A resumed session is judged like a new one; it lacks
        // the client's intermediates, which are ours and known.
    };
}
