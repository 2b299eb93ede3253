using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshCA.IntegrationTests.Running;

/// <summary>A workload's key pair: makes CSRs as agents do, and joins with the certificate that comes back.</summary>
internal sealed class WorkloadKey(AsymmetricAlgorithm key) : IDisposable
{
    // pilot-agent's subject: one O with an empty PrintableString (istio-ca §6.2).
    private static readonly byte[] EmptyOrganization =
        [0x30, 0x0B, 0x31, 0x09, 0x30, 0x07, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x13, 0x00];

    public static X500DistinguishedName PilotAgentSubject => new(EmptyOrganization);

    /// <summary>ztunnel's subject (istio-ca §6.6).</summary>
    public static X500DistinguishedName NoSubject => new("");

    public PublicKey PublicKey => key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);

    public static WorkloadKey P256() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public static WorkloadKey P384() => new(ECDsa.Create(ECCurve.NamedCurves.nistP384));

    public static WorkloadKey P521() => new(ECDsa.Create(ECCurve.NamedCurves.nistP521));

    public static WorkloadKey Rsa(int bits = 2048) => new(RSA.Create(bits));

    /// <summary>A CSR as PEM.</summary>
    public string Csr(X500DistinguishedName? subject = null, params X509Extension[] extensions)
    {
        var name = subject ?? NoSubject;
        var request = key is RSA rsa
            ? new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        return request.CreateSigningRequestPem() + "\n";
    }

    /// <summary>A certificate with this private key.</summary>
    public X509Certificate2 Join(X509Certificate2 certificate) =>
        key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);

    /// <summary>The private key as PKCS#8 PEM.</summary>
    public string ToPem() => key.ExportPkcs8PrivateKeyPem() + "\n";

    public void Dispose() => key.Dispose();
}
