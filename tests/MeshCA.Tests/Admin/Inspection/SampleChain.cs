using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Tests.Admin.Inspection;

/// <summary>A leaf with one SPIFFE ID and the authority that signed it, made for one test.</summary>
internal sealed class SampleChain
{
    public SampleChain(DateTimeOffset now)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var rootRequest = new CertificateRequest("CN=root, O=cluster.local", rootKey, HashAlgorithmName.SHA384);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        rootRequest.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        rootRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, false));
        using var root = rootRequest.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(10));
        RootDer = root.RawData;

        using var leafKey = RSA.Create(2048);
        var leafRequest = new CertificateRequest("", leafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        leafRequest.CertificateExtensions.Add(new X509Extension(
            "2.5.29.17", SubjectAltName((6, "spiffe://cluster.local/ns/a/sa/b"), (2, "a.example")), critical: true));
        leafRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leafRequest.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        leafRequest.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2"), new("1.2.3.4")], false));
        leafRequest.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        using var leaf = leafRequest.Create(
            root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), now.AddMinutes(-1), now.AddDays(1).AddSeconds(-1), [0x12, 0x34]);
        LeafDer = leaf.RawData;
    }

    public byte[] LeafDer { get; }

    public byte[] RootDer { get; }

    public string LeafPem => PemEncoding.WriteString("CERTIFICATE", LeafDer);

    public string RootPem => PemEncoding.WriteString("CERTIFICATE", RootDer);

    public string Pem => LeafPem + "\n" + RootPem + "\n";

    public string LeafSha256 => Fingerprint.Of(LeafDer).ToString();

    /// <summary>GeneralNames of IA5 strings under their tags.</summary>
    public static byte[] SubjectAltName(params (int Tag, string Value)[] names)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (tag, value) in names)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, value, new Asn1Tag(TagClass.ContextSpecific, tag));
            }
        }

        return writer.Encode();
    }
}
