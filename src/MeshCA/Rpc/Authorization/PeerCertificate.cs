using MeshCA.Revocations;
using SpiffeIdentity.Pem;
using SpiffeIdentity.Svids;

namespace MeshCA.Rpc.Authorization;

/// <summary>Reads the peer's certificate as Envoy sends it: PEM, percent-encoded.</summary>
internal static class PeerCertificate
{
    // Twice for the PEM, thrice for the encoding.
    private const int MaxLength = 6 * X509Svid.MaxCertificateLength;

    /// <summary>Reads it.</summary>
    /// <param name="encoded">The text; untrusted.</param>
    /// <returns>What revocations look at; null where it cannot be read.</returns>
    public static CertificateFacts? Read(string encoded) =>
        encoded.Length <= MaxLength
        && CertificatePem.TryRead(Uri.UnescapeDataString(encoded), MaxLength, maxCount: 1, out var found, out _)
        && CertificateFacts.TryRead(found[0], out var facts)
            ? facts
            : null;
}
