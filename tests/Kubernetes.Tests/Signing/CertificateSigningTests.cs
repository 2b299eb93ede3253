using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Signing;

/// <summary>The signer of CertificateSigningRequests, under exactly the rights that <c>deploy/</c> gives (istio-ca §3.5).</summary>
[Trait("Category", "Long")]
public sealed class CertificateSigningTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly string _ns = shared.NewName("signing");
    private KubernetesCluster _cluster = null!; // set before each test

    public async ValueTask InitializeAsync()
    {
        _cluster = await shared.StartedAsync();
        await Installation.EnsureAsync(_cluster);
        await _cluster.CreateNamespaceAsync(_ns);
        await _cluster.CreateAccountAsync(_ns, "web");
        await SigningRequests.AllowAsync(_cluster, _ns);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_approved_request_of_an_account_gets_the_accounts_certificate_and_others_wait_or_fail()
    {
        await using var service = await MeshService.StartAsync(_cluster, ("Kubernetes:CertificateSigning:SignerNames:0", SigningRequests.Signer));
        using var key = WorkloadKey.P256();
        await SigningRequests.CreateAsync(_cluster, $"{_ns}-good", _ns, "web", key.Csr());
        await SigningRequests.CreateAsync(_cluster, $"{_ns}-waits", _ns, "web", key.Csr());
        await SigningRequests.ApproveAsync(_cluster, $"{_ns}-good");
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(
            (await SigningRequests.StatusAsync(_cluster, $"{_ns}-good"))["certificate"]!.GetValue<string>())));
        Assert.Equal("", ChainFault.Find(chain[0], chain.Skip(1), service.Process.Bundle, TimeProvider.System.GetUtcNow()));
        Assert.Contains($"spiffe://cluster.local/ns/{_ns}/sa/web", Encoding.ASCII.GetString(chain[0].RawData), StringComparison.Ordinal);

        // Approval alone does not make a person's request, or one for another identity, good.
        await SigningRequests.CreateAsync(_cluster, $"{_ns}-other", _ns, "web", await OpenSsl.CsrAsync($"-addext subjectAltName=URI:spiffe://cluster.local/ns/{_ns}/sa/admin"));
        await SigningRequests.ApproveAsync(_cluster, $"{_ns}-other");
        Assert.Equal("OtherIdentity", SigningRequests.FailureOf(await SigningRequests.StatusAsync(_cluster, $"{_ns}-other")));

        var waiting = (await _cluster.Admin.GetAsync($"/apis/certificates.k8s.io/v1/certificatesigningrequests/{_ns}-waits"))["status"];
        Assert.Null(waiting?["certificate"]);
    }

    [Fact]
    public async Task The_api_server_lets_the_service_sign_for_no_other_signer()
    {
        await using var service = await MeshService.StartAsync(_cluster, ("Kubernetes:CertificateSigning:SignerNames:0", "elsewhere.example/workload"));
        using var key = WorkloadKey.P256();
        await SigningRequests.CreateAsync(_cluster, $"{_ns}-elsewhere", _ns, "web", key.Csr(), "elsewhere.example/workload");
        await SigningRequests.ApproveAsync(_cluster, $"{_ns}-elsewhere");
        await Eventually.TrueAsync(
            () => _cluster.Audit.Read(Installation.User).Any(entry => entry is { Code: 403, Resource: "certificatesigningrequests/status" } && entry.Name == $"{_ns}-elsewhere"),
            "a refusal of the API server");
    }
}
