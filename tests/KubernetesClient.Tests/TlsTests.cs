using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KubernetesClient.Configuration;
using KubernetesClient.Http;
using KubernetesClient.Models;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests;

/// <summary>Who the server is, and who we are.</summary>
public sealed class TlsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_under_the_configured_root_is_called_and_any_other_is_not()
    {
        using var root = new Root("ours");
        using var other = new Root("theirs");
        await using var server = await FakeApiServer.StartAsync(Token, root.Issue("server"));
        using var api = server.CreateClient(null, new ClientSettings { CertificateAuthority = CredentialContent.Of(other.Pem + root.Pem) });
        Assert.Equal("ok"u8.ToArray(), KubernetesApiTests.Done(await api.ReadDocumentAsync("/readyz", Token)));
        using var wrong = server.CreateClient(null, new ClientSettings { CertificateAuthority = CredentialContent.Of(other.Pem) });
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await wrong.ReadDocumentAsync("/readyz", Token)).Kind);
        using var system = server.CreateClient();
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await system.ReadDocumentAsync("/readyz", Token)).Kind);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_servers_name_is_checked()
    {
        using var root = new Root("ours");
        await using var server = await FakeApiServer.StartAsync(Token, root.Issue("server", names => names.AddDnsName("kubernetes.default.svc")));
        var settings = new ClientSettings { CertificateAuthority = CredentialContent.Of(root.Pem) };
        using var byAddress = server.CreateClient(null, settings);
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await byAddress.ReadDocumentAsync("/readyz", Token)).Kind);
        using var byName = server.CreateClient(null, new ClientSettings
        {
            CertificateAuthority = CredentialContent.Of(root.Pem),
            TlsServerName = "kubernetes.default.svc",
        });
        KubernetesApiTests.Done(await byName.ReadDocumentAsync("/readyz", Token));
    }

    [Fact]
    public void A_certificate_for_clients_is_none_of_a_server()
    {
        using var root = new Root("ours");
        var trust = new ServerTrust(CredentialContent.Of(root.Pem));
        using var client = root.Issue("client", usage: "1.3.6.1.5.5.7.3.2");
        using var both = root.Issue("server");
        Assert.False(trust.Accepts(client, null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.True(trust.Accepts(both, null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.False(trust.Accepts(both, null, SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.False(trust.Accepts(null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
    }

    [Fact]
    public async Task A_root_that_is_replaced_in_its_file_holds_for_the_next_connection()
    {
        using var directory = new TemporaryDirectory();
        using var root = new Root("ours");
        using var other = new Root("theirs");
        await File.WriteAllTextAsync(directory.File("ca.crt"), other.Pem, Token);
        await using var server = await FakeApiServer.StartAsync(Token, root.Issue("server"));
        using var api = server.CreateClient(null, new ClientSettings { CertificateAuthority = CredentialContent.In(directory.File("ca.crt")) });
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await api.ReadDocumentAsync("/readyz", Token)).Kind);
        await File.WriteAllTextAsync(directory.File("ca.crt"), root.Pem, Token);
        KubernetesApiTests.Done(await api.ReadDocumentAsync("/readyz", Token));
        File.Delete(directory.File("ca.crt"));
        KubernetesApiTests.Done(await api.ReadDocumentAsync("/readyz", Token));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_and_read_again_with_each_connection()
    {
        using var directory = new TemporaryDirectory();
        using var root = new Root("ours");
        await using var server = await FakeApiServer.StartAsync(Token, root.Issue("server"));
        Write(root, directory, "alice");
        var settings = new ClientSettings
        {
            CertificateAuthority = CredentialContent.Of(root.Pem),
            ClientCertificate = CredentialContent.In(directory.File("tls.crt")),
            ClientKey = CredentialContent.In(directory.File("tls.key")),
        };
        using var api = server.CreateClient(null, settings);
        KubernetesApiTests.Done(await api.ReadDocumentAsync("/readyz", Token));
        Assert.Equal("alice", server.Requests.Last().ClientCertificate);
        Write(root, directory, "bob");
        server.IsDown = true;
        Assert.Equal(ApiFailureKind.Unreachable, KubernetesApiTests.Failed(await api.ReadDocumentAsync("/readyz", Token)).Kind);
        server.IsDown = false;
        KubernetesApiTests.Done(await api.ReadDocumentAsync("/readyz", Token));
        Assert.Equal("bob", server.Requests.Last().ClientCertificate);
    }

    [Fact]
    public async Task Many_watches_and_calls_share_a_server()
    {
        using var root = new Root("ours");
        await using var server = await FakeApiServer.StartAsync(Token, root.Issue("server"));
        using var api = server.CreateClient(null, new ClientSettings { CertificateAuthority = CredentialContent.Of(root.Pem) });
        var seen = server.Put(KubernetesApiTests.Map("one")).Metadata.ResourceVersion!;
        server.Put(KubernetesApiTests.Map("two"));
        var watches = Enumerable.Range(0, 150).Select(_ => api.WatchAsync<V1ConfigMap>(ListQuery.All, seen, Token).GetAsyncEnumerator(Token)).ToList();
        foreach (var watch in watches)
        {
            Assert.True(await watch.MoveNextAsync());
        }

        KubernetesApiTests.Done(await api.ReadAsync<V1ConfigMap>("two", "shop", Token));
        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }
    }

    private static void Write(Root root, TemporaryDirectory directory, string name)
    {
        using var certificate = root.Issue(name);
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(directory.File("tls.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(directory.File("tls.crt"), certificate.ExportCertificatePem());
    }

    private sealed class Root : IDisposable
    {
        private readonly X509Certificate2 _certificate;

        public Root(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        }

        public string Pem => _certificate.ExportCertificatePem() + "\n";

        public X509Certificate2 Issue(string name, Action<SubjectAlternativeNameBuilder>? add = null, string? usage = null)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            (add ?? (builder => builder.AddIpAddress(System.Net.IPAddress.Loopback)))(names);
            request.CertificateExtensions.Add(names.Build());
            if (usage is not null)
            {
                request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
            }

            using var made = request.Create(_certificate, _certificate.NotBefore, _certificate.NotAfter, RandomNumberGenerator.GetBytes(8));
            using var whole = made.CopyWithPrivateKey(key);
            return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
        }

        public void Dispose() => _certificate.Dispose();
    }
}
