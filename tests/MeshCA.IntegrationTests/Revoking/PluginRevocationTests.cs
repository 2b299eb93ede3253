using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>Lists where the root's key is elsewhere: the plug-in signer signs its own, the operator supplies the root's.</summary>
public sealed class PluginRevocationTests
{
    [Fact]
    public async Task The_operators_list_of_the_root_completes_what_the_service_signs()
    {
        using var home = new RevocationHome();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Root(rootKey);
        using var signerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signer = Below(root, signerKey);
        await WriteAsync(home, root, signer, signerKey);
        home.Home.Set(("Authorities:PluginDirectory", home.Home.File("cacerts")), ("Revocation:ListFiles:0", home.Home.File("root.crl.pem")));
        await using var mesh = await home.StartAsync();

        using var missing = await mesh.Http.GetAsync("/crl.pem");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, missing.StatusCode);
        Assert.Contains("root.crl.pem", await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var list = new CertificateRevocationListBuilder().Build(root, 1, Now.AddDays(30), HashAlgorithmName.SHA256, thisUpdate: Now);
        await File.WriteAllTextAsync(
            home.Home.File("root.crl.pem"), new string(PemEncoding.Write("X509 CRL", list)), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await mesh.Http.GetAsync("/crl.pem");
                return response.StatusCode == HttpStatusCode.OK;
            },
            "both lists");
        Assert.Equal(2, (await mesh.GetAsync("/crl.pem")).Split("BEGIN X509 CRL").Length - 1);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static X509Certificate2 Root(ECDsa key) => Request("root", key, 1).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(365));

    private static X509Certificate2 Below(X509Certificate2 root, ECDsa key)
    {
        var request = Request("signer", key, 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        return request.Create(root, Now.AddHours(-1), Now.AddDays(90), [1, 2, 3]);
    }

    private static CertificateRequest Request(string name, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static async Task WriteAsync(RevocationHome home, X509Certificate2 root, X509Certificate2 signer, ECDsa key)
    {
        var directory = Directory.CreateDirectory(home.Home.File("cacerts")).FullName;
        foreach (var (name, text) in ((string, string)[])
            [
                ("ca-cert.pem", signer.ExportCertificatePem()),
                ("ca-key.pem", key.ExportPkcs8PrivateKeyPem()),
                ("cert-chain.pem", signer.ExportCertificatePem()),
                ("root-cert.pem", root.ExportCertificatePem()),
            ])
        {
            await File.WriteAllTextAsync(Path.Combine(directory, name), text + "\n", TestContext.Current.CancellationToken);
        }
    }
}
