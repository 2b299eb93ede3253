using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kubernetes.Tests.Running;

/// <summary>Keys and certificates of a cluster, as its installer would make them, in files.</summary>
internal sealed class ClusterKeys
{
    private static readonly Oid ServerAuth = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuth = new("1.3.6.1.5.5.7.3.2");

    public ClusterKeys(string directory)
    {
        AuthorityFile = Path.Combine(directory, "ca.crt");
        ServingFile = Path.Combine(directory, "serving.crt");
        ServingKeyFile = Path.Combine(directory, "serving.key");
        AdminFile = Path.Combine(directory, "admin.crt");
        AdminKeyFile = Path.Combine(directory, "admin.key");
        TokenKeyFile = Path.Combine(directory, "tokens.key");

        var now = TimeProvider.System.GetUtcNow();
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test cluster", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(2));
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem() + "\n");

        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        names.AddDnsName("kubernetes.default.svc");
        Write(authority, now, "CN=kube-apiserver", ServerAuth, names.Build(), ServingFile, ServingKeyFile);
        Write(authority, now, "O=system:masters, CN=test-admin", ClientAuth, null, AdminFile, AdminKeyFile);

        using var tokens = RSA.Create(2048);
        File.WriteAllText(TokenKeyFile, tokens.ExportRSAPrivateKeyPem() + "\n");
    }

    public string AuthorityFile { get; }

    public string ServingFile { get; }

    public string ServingKeyFile { get; }

    /// <summary>A client certificate that may do everything.</summary>
    public string AdminFile { get; }

    public string AdminKeyFile { get; }

    /// <summary>Signs service-account tokens.</summary>
    public string TokenKeyFile { get; }

    private static void Write(
        X509Certificate2 authority, DateTimeOffset now, string subject, Oid usage, X509Extension? names, string file, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var made = request.Create(authority, now.AddMinutes(-10), now.AddDays(1), RandomNumberGenerator.GetBytes(15).Prepend((byte)1).ToArray());
        File.WriteAllText(file, made.ExportCertificatePem() + "\n");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
