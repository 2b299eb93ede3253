using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KubernetesClient.Configuration;

namespace KubernetesClient.Http;

/// <summary>Judges the server's certificate by the configured roots alone.</summary>
/// <param name="roots">The roots, read again with each connection.</param>
internal sealed class ServerTrust(CredentialContent roots)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly Lock _lock = new();
    private byte[]? _read;
    private X509Certificate2Collection _roots = [];

    /// <summary>Whether the server is the one that is meant.</summary>
    public bool Accepts(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        // The platform's verdict on the chain is about other roots; what it says of the name holds.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Roots());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }

    private X509Certificate2Collection Roots()
    {
        lock (_lock)
        {
            var now = roots.Read();
            if (now is not null && (_read is null || !now.AsSpan().SequenceEqual(_read)) && PemCertificates.Parse(now) is { Count: > 0 } renewed)
            {
                (_read, _roots) = (now, renewed);
            }

            return _roots;
        }
    }
}
