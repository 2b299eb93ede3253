using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authentication.Certificates;
using MeshCA.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshCA.Hosting;

/// <summary>Chooses what each handshake on the TLS port shows and asks for.</summary>
internal sealed class TlsHandshake(ServingCertificate serving, ClientCertificateVerifier clients)
{
    private readonly Lock _lock = new();
    private volatile SslServerAuthenticationOptions? _options;

    /// <summary>The options of a new connection: made anew only when the serving certificate changed.</summary>
    /// <exception cref="AuthenticationException">There is no serving certificate yet.</exception>
    public ValueTask<SslServerAuthenticationOptions> OnConnectionAsync(TlsHandshakeCallbackContext context)
    {
        var current = serving.Current ?? throw new AuthenticationException("no serving certificate yet");
        var options = _options;
        if (options is null || !ReferenceEquals(options.ServerCertificateContext, current))
        {
            lock (_lock)
            {
                _options = options = Create(current);
            }
        }

        return ValueTask.FromResult(options);
    }

    private SslServerAuthenticationOptions Create(SslStreamCertificateContext certificate)
    {
        var options = ListenerTls.Create(certificate);

        // Asked for, not demanded: most callers bring a token instead.
        options.ClientCertificateRequired = true;
        options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;

        // The platform builds a chain before it asks us; this keeps it from the system's roots and from the network.
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        options.RemoteCertificateValidationCallback = (_, shown, chain, _) =>
            shown is null || (shown is X509Certificate2 leaf && clients.Accept(leaf, chain));
        return options;
    }
}
