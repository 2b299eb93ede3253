using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using SpiffeIdentity;

namespace MeshCA.Requesting;

/// <summary>A workload's new key pair, and the request that proves its possession.</summary>
internal sealed class WorkloadKey : IDisposable
{
    private const int UriName = 6; // RFC 5280 §4.2.1.6
    private readonly AsymmetricAlgorithm _keyPair;

    private WorkloadKey(AsymmetricAlgorithm keyPair) => _keyPair = keyPair;

    /// <summary>Makes a key.</summary>
    public static WorkloadKey Generate(KeyAlgorithm algorithm) => new(algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyAlgorithm.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyAlgorithm.Rsa => RSA.Create(2048),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    });

    /// <summary>The request in PEM, shaped as ztunnel's: an empty subject and, if an identity is named, one critical URI.</summary>
    /// <param name="wanted">The identity wished for. Ours and Istio's CA ignore it; stricter ones compare it with the caller's.</param>
    public string ToSigningRequest(SpiffeId? wanted)
    {
        var name = new X500DistinguishedName("");
        var request = _keyPair switch
        {
            ECDsa ec => new CertificateRequest(name, ec, HashAlgorithmName.SHA256),
            RSA rsa => new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (wanted is not null)
        {
            request.CertificateExtensions.Add(new X509Extension(Oids.SubjectAlternativeName, UriNames(wanted), critical: true));
        }

        return request.CreateSigningRequestPem() + "\n";
    }

    /// <summary>The private key as PKCS#8 in PEM; secret.</summary>
    public string ToPem() => _keyPair.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>The private key as PKCS#8 in DER; secret.</summary>
    public byte[] ToPkcs8() => _keyPair.ExportPkcs8PrivateKey();

    /// <summary>The DER of the SubjectPublicKeyInfo, to compare with the certificate that comes back.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => _keyPair.ExportSubjectPublicKeyInfo();

    /// <inheritdoc />
    public void Dispose() => _keyPair.Dispose();

    // Not through Uri: it would fold the case of what it takes for a host.
    private static byte[] UriNames(SpiffeId id)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, id.ToString(), new Asn1Tag(TagClass.ContextSpecific, UriName));
        }

        return writer.Encode();
    }
}
