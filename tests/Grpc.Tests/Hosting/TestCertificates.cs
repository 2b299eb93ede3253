using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Grpc.Tests.Hosting;

/// <summary>Self-signed certificates for connections inside the tests.</summary>
public static class TestCertificates
{
    /// <summary>The server's, for localhost.</summary>
    public static X509Certificate2 Server { get; } = Create("localhost", names =>
    {
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
    });

    /// <summary>A client's, with a DNS name and a SPIFFE ID.</summary>
    public static X509Certificate2 Client { get; } = Create("client", names =>
    {
        names.AddDnsName("client.test");
        names.AddUri(new Uri("spiffe://test/ns/a/sa/b"));
    });

    private static X509Certificate2 Create(string commonName, Action<SubjectAlternativeNameBuilder> addNames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        addNames(names);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
