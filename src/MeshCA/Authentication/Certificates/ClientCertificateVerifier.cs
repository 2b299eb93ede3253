using System.Security.Cryptography.X509Certificates;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Svids;

namespace MeshCA.Authentication.Certificates;

/// <summary>Judges client certificates in the TLS handshake, against the bundle published at that moment.</summary>
internal sealed class ClientCertificateVerifier(
    ITrustAnchors anchors, TimeProvider clock, ILogger<ClientCertificateVerifier> logger)
{
    /// <summary>The handshake's question, in the form Kestrel asks it; the platform's own verdict is not used.</summary>
    /// <param name="certificate">The leaf; untrusted.</param>
    /// <param name="chain">Holds what else was presented; untrusted.</param>
    public bool Accept(X509Certificate2 certificate, X509Chain? chain)
    {
        var verdict = Verify(certificate, chain is null ? [] : [.. chain.ChainPolicy.ExtraStore], clock.GetUtcNow());
        if (!verdict.IsAccepted)
        {
            Log.ClientCertificateRefused(logger, verdict.ToString());
        }

        return verdict.IsAccepted;
    }

    /// <summary>Checks that a certificate is an X509-SVID of a trust domain of ours, good for clients, X509-SVID §5.</summary>
    /// <param name="certificate">The leaf; untrusted.</param>
    /// <param name="presented">What else was presented, in any order; untrusted.</param>
    /// <param name="now">The present.</param>
    public ClientCertificateVerdict Verify(
        X509Certificate2 certificate, IReadOnlyList<X509Certificate2> presented, DateTimeOffset now)
    {
        // A client need not send what is ours.
        var ours = anchors.Intermediates.Take(Math.Max(0, X509Svid.MaxCertificates - 1 - presented.Count));
        ReadOnlyMemory<byte>[] chain = [certificate.RawDataMemory, .. presented.Select(other => other.RawDataMemory), .. ours];
        if (!X509Svid.TryParse(chain, out var svid, out var error))
        {
            return new ClientCertificateVerdict(error);
        }

        error = anchors.BundleOf(svid.Id.TrustDomain) is { } bundle ? svid.Verify(bundle, now) : X509SvidError.OtherTrustDomain;
        return error != X509SvidError.None ? new ClientCertificateVerdict(error)
            : svid.ServesClients ? ClientCertificateVerdict.Accepted
            : ClientCertificateVerdict.NotForClients;
    }
}

/// <summary>What the handshake made of a client certificate.</summary>
internal sealed class ClientCertificateVerdict
{
    /// <summary>The caller is who the certificate says.</summary>
    public static readonly ClientCertificateVerdict Accepted = new("accepted");

    /// <summary>An extended key usage without clientAuth.</summary>
    public static readonly ClientCertificateVerdict NotForClients = new(nameof(NotForClients));

    private readonly string _reason;

    /// <summary>A rule of X509-SVIDs is broken.</summary>
    public ClientCertificateVerdict(X509SvidError error)
        : this(error.ToString())
    {
    }

    private ClientCertificateVerdict(string reason) => _reason = reason;

    /// <summary>Whether the handshake goes on.</summary>
    public bool IsAccepted => ReferenceEquals(this, Accepted);

    /// <summary>The rule broken.</summary>
    public override string ToString() => _reason;
}
