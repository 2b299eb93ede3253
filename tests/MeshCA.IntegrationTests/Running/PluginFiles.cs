using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshCA.IntegrationTests.Running;

/// <summary>An operator's own authority, whose key the test holds.</summary>
internal sealed class OperatorAuthority
{
    private readonly ECDsa _key;

    private OperatorAuthority(ECDsa key, X509Certificate2 certificate)
    {
        _key = key;
        Certificate = certificate;
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static OperatorAuthority Root(string name, TimeSpan? life = null, int? pathLength = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key, pathLength, isAuthority: true);
        return new(key, request.CreateSelfSigned(Now.AddDays(-2), Now + (life ?? TimeSpan.FromDays(365))));
    }

    /// <summary>An authority below this one.</summary>
    public OperatorAuthority Below(string name, int? pathLength = 0, TimeSpan? life = null, bool isAuthority = true)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(key, Sign(Request(name, key, pathLength, isAuthority), life ?? TimeSpan.FromDays(90)));
    }

    /// <summary>A leaf with any names, as no service would issue it.</summary>
    public X509Certificate2 Leaf(ECDsa key, params string[] uris)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.2")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("workload");
        foreach (var uri in uris)
        {
            names.AddUri(new Uri(uri));
        }

        request.CertificateExtensions.Add(names.Build(critical: true));
        return Sign(request, TimeSpan.FromHours(1)).CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string name, ECDsa key, int? pathLength, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(isAuthority, isAuthority && pathLength is not null, pathLength ?? 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private X509Certificate2 Sign(CertificateRequest request, TimeSpan life)
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        return request.Create(
            Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            Now.AddDays(-1),
            Now + life,
            RandomNumberGenerator.GetBytes(16).Select((octet, i) => i == 0 ? (byte)(octet & 0x7F | 1) : octet).ToArray());
    }
}

/// <summary>A plug-in directory as operators fill it.</summary>
internal sealed class PluginFiles(string directory)
{
    public string Directory { get; } = System.IO.Directory.CreateDirectory(directory).FullName;

    /// <summary>Istio's <c>cacerts</c> layout.</summary>
    public PluginFiles WriteIstio(OperatorAuthority signer, string chain, string roots)
    {
        // Each file whole or not at all, and the set within one look of the service at most once half.
        Write("ca-cert.pem", signer.Pem);
        Write("ca-key.pem", signer.KeyPem);
        Write("cert-chain.pem", chain);
        Write("root-cert.pem", roots);
        return this;
    }

    /// <summary>The layout of a kubernetes.io/tls secret.</summary>
    public PluginFiles WriteSecret(OperatorAuthority signer, string chain, string roots)
    {
        Write("tls.crt", chain);
        Write("tls.key", signer.KeyPem);
        Write("ca.crt", roots);
        return this;
    }

    public void Write(string name, string content)
    {
        var aside = Path.Combine(Directory, "." + name);
        File.WriteAllText(aside, content);
        File.Move(aside, Path.Combine(Directory, name), overwrite: true);
    }

    public void Delete(string name) => File.Delete(Path.Combine(Directory, name));
}
