using System.Security.Cryptography.X509Certificates;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Authentication.Certificates;

/// <summary>Judges client certificates in the TLS handshake, against the roots published at that moment.</summary>
internal sealed class ClientCertificateVerifier(
    TrustDomain trustDomain, ITrustAnchors anchors, TimeProvider clock, ILogger<ClientCertificateVerifier> logger)
{
    /// <summary>Most certificates a client may present beside its leaf.</summary>
    public const int MaxIntermediates = 8;

    /// <summary>The handshake's question, in the form Kestrel asks it; the platform's own verdict is not used.</summary>
    /// <param name="certificate">The leaf; untrusted.</param>
    /// <param name="chain">Holds what else was presented; untrusted.</param>
    public bool Accept(X509Certificate2 certificate, X509Chain? chain)
    {
        var error = Verify(certificate, chain?.ChainPolicy.ExtraStore ?? [], clock.GetUtcNow());
        if (error != ClientCertificateError.None)
        {
            Log.ClientCertificateRefused(logger, error.ToString());
        }

        return error == ClientCertificateError.None;
    }

    /// <summary>Checks the rules for leaves, then the path to the trust bundle, X509-SVID §5.</summary>
    /// <param name="certificate">The leaf; untrusted.</param>
    /// <param name="presented">What else was presented, in any order; untrusted.</param>
    /// <param name="now">The present.</param>
    /// <returns>The first rule broken.</returns>
    public ClientCertificateError Verify(X509Certificate2 certificate, X509Certificate2Collection presented, DateTimeOffset now)
    {
        if (presented.Count > MaxIntermediates)
        {
            return ClientCertificateError.TooManyCertificates;
        }

        if (!LeafCertificate.TryRead(certificate, trustDomain, out var leaf, out var error))
        {
            return error;
        }

        return !leaf.IsValidAt(now) ? ClientCertificateError.OutsideValidity
            : !ReachesRoot(certificate, presented, now) ? ClientCertificateError.NotTrusted
            : ClientCertificateError.None;
    }

    private bool ReachesRoot(X509Certificate2 certificate, X509Certificate2Collection presented, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(anchors.Roots.ToArray());
        policy.ExtraStore.AddRange(presented);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now.UtcDateTime;
        try
        {
            return chain.Build(certificate);
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                element.Certificate.Dispose();
            }
        }
    }
}
