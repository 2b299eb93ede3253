using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>An X509-SVID and its private key: what a workload proves its identity with.</summary>
/// <remarks>Immutable. Native handles are freed when it is collected, since a handshake may still use it after its successor came.</remarks>
public sealed class X509Credential
{
    private readonly Lazy<SslStreamCertificateContext> _context;

    internal X509Credential(X509Svid svid, X509Certificate2 certificate, X509Certificate2Collection intermediates, string? hint)
    {
        Svid = svid;
        Hint = hint;
        Certificate = certificate;
        Intermediates = intermediates;

        // offline: the issuer's address in a certificate must not make us fetch it.
        _context = new Lazy<SslStreamCertificateContext>(
            () => SslStreamCertificateContext.Create(certificate, intermediates, offline: true));
    }

    /// <summary>The identity.</summary>
    public SpiffeId Id => Svid.Id;

    /// <summary>The chain, the leaf first. It was verified against the bundle that came with it.</summary>
    public X509Svid Svid { get; }

    /// <summary>What the operator calls this identity, to tell several apart; null for nothing.</summary>
    public string? Hint { get; }

    /// <summary>The leaf with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The intermediates, without keys; a peer needs them all.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Leaf, key and whole chain as TLS takes them.</summary>
    public SslStreamCertificateContext TlsContext => _context.Value;

    /// <summary>The private key, to write it where another program reads it.</summary>
    /// <returns>PKCS#8 in DER, not encrypted.</returns>
    public byte[] ExportPrivateKey()
    {
        using var key = (AsymmetricAlgorithm?)Certificate.GetECDsaPrivateKey() ?? Certificate.GetRSAPrivateKey();
        return key?.ExportPkcs8PrivateKey() ?? throw new System.Diagnostics.UnreachableException("other keys are refused on receipt");
    }

    /// <summary>The identity and the end of its validity; nothing secret.</summary>
    /// <returns>Text for logs.</returns>
    public override string ToString() => $"{Id} until {Svid.NotAfter:u}";
}
