using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kubernetes.Tests.Running;
using KubernetesClient;
using KubernetesClient.Configuration;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.CertificateSigningRequests;
using MeshCA.Configuration;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace Kubernetes.Tests.CertificateSigningRequests;

/// <summary>Requests of a real API server are signed with no more rights than <c>deploy/components/certificate-signing</c> gives.</summary>
[Trait("Category", "Long")]
public sealed class RequestSignerTests : IAsyncLifetime
{
    private const string Signer = "meshca.io/workload";

    private readonly SharedCluster _shared;
    private readonly MemoryStore _store = new();
    private readonly Admission _admission = new(new LimitsOptions());
    private readonly RefusalAudit _refusals;
    private readonly AuthorityRotator _rotator;
    private KubernetesCluster _cluster = null!;
    private KubernetesApi _service = null!;
    private KubernetesApi _workload = null!;
    private string _ns = "";

    public RequestSignerTests(SharedCluster shared)
    {
        _shared = shared;
        _refusals = new(_store, TimeProvider.System);
        _rotator = new(_store, MeshAuthority.Settings, TimeProvider.System, NullLogger<AuthorityRotator>.Instance);
    }

    private static CancellationToken Ends => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await _shared.StartedAsync();
        await _rotator.AdvanceAsync(Ends);
        _ns = _shared.NewName("signing");
        await _cluster.CreateNamespaceAsync(_ns);
        await _cluster.CreateAccountAsync(_ns, "web");
        foreach (var manifest in new[] { "base/namespace.yaml", "base/serviceaccount.yaml", "components/certificate-signing/rbac.yaml" })
        {
            await _cluster.KubectlAsync(
                await File.ReadAllTextAsync(Path.Combine(KubernetesPrograms.Repository, "deploy", manifest), Ends), "apply", "-f", "-");
        }

        // What an administrator gives workloads that are to ask.
        await _cluster.KubectlAsync(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: asks-for-certificates}
            rules: [{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create, get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: asks-for-certificates}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: asks-for-certificates}
            subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts"}]
            """,
            "apply", "-f", "-");
        _service = _cluster.ConnectWith(CredentialContent.Of(await _cluster.TokenAsync("meshca-system", "meshca")));
        _workload = _cluster.ConnectWith(CredentialContent.Of(await _cluster.TokenAsync(_ns, "web")));
    }

    public ValueTask DisposeAsync()
    {
        _service?.Dispose();
        _workload?.Dispose();
        _rotator.Dispose();
        _admission.Dispose();
        _refusals.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_request_that_an_administrator_approved_gets_the_certificate_of_its_requester()
    {
        var name = await AskAsync();
        var signer = NewSigner();
        await RunAsync(signer);
        Assert.Null((await GetAsync(name)).Status?.Certificate);

        await _cluster.KubectlAsync("", "certificate", "approve", name);
        await RunAsync(signer);
        var item = await GetAsync(name);
        Assert.True(X509Svid.TryParsePem(Encoding.ASCII.GetString(item.Status!.Certificate!), out var svid, out _));
        Assert.Equal($"spiffe://cluster.local/ns/{_ns}/sa/web", svid.Id.ToString());
        Assert.Contains(item.Status.Conditions!, condition => condition.Type == SigningRequest.Approved);
        Assert.Equal(item.Metadata.Uid, Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf).Evidence!.TokenId);

        // Looked at again, and by another replica: nothing more is signed.
        await RunAsync(signer);
        await RunAsync(NewSigner());
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    [Fact]
    public async Task Of_two_replicas_with_the_same_copy_one_signs()
    {
        var name = await AskAsync();
        await _cluster.KubectlAsync("", "certificate", "approve", name);
        var copy = await ListAsync();
        await NewSigner().RunAsync(copy, Ends);
        await NewSigner().RunAsync(copy, Ends);
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Leaf);
    }

    [Fact]
    public async Task What_is_not_in_order_fails_and_stays_approved()
    {
        var name = await AskAsync("code signing");
        await _cluster.KubectlAsync("", "certificate", "approve", name);
        await RunAsync(NewSigner());
        var item = await GetAsync(name);
        Assert.Null(item.Status?.Certificate);
        Assert.Equal(
            nameof(SigningRefusal.UsageNotAllowed), item.Status!.Conditions!.Single(condition => condition.Type == SigningRequest.Failed).Reason);
        Assert.Contains(item.Status.Conditions!, condition => condition.Type == SigningRequest.Approved);
    }

    [Fact]
    public async Task Without_the_right_to_approve_nothing_is_approved_and_with_it_own_identities_are()
    {
        var name = await AskAsync();
        var signer = NewSigner(approves: true);
        await RunAsync(signer);
        Assert.Null((await GetAsync(name)).Status?.Conditions);

        await _cluster.KubectlAsync(
            await File.ReadAllTextAsync(Path.Combine(KubernetesPrograms.Repository, "deploy", "components", "certificate-approval", "rbac.yaml"), Ends), "apply", "-f", "-");
        signer = NewSigner(approves: true);
        await RunAsync(signer);
        Assert.Contains((await GetAsync(name)).Status!.Conditions!, condition => condition.Type == SigningRequest.Approved);
        await RunAsync(signer);
        Assert.NotNull((await GetAsync(name)).Status!.Certificate);
        await _cluster.KubectlAsync("", "delete", "clusterrolebinding", "meshca-certificate-approval");
    }

    private RequestSigner NewSigner(bool approves = false)
    {
        var clock = TimeProvider.System;
        var metrics = new CertificateMetrics(new TestMeterFactory());
        return new(
            _service,
            new SigningSettings
            {
                SignerNames = new HashSet<string> { Signer },
                Cluster = "Kubernetes",
                TrustDomain = MeshAuthority.TrustDomain,
                Csr = new CsrPolicy(KeyPolicy.Default),
                ApprovesOwnIdentity = approves,
            },
            new SvidIssuer(
                _rotator, MeshAuthority.TrustDomains, _store, new TestRevocations(), new DistributionPoint(""), MeshAuthority.Gate(clock), MeshAuthority.NoChance, new SignatureSampling(1), metrics, clock),
            _admission,
            _store,
            _refusals,
            metrics,
            new IssuancePolicyMetrics(new TestMeterFactory()),
            clock,
            NullLogger<RequestSigner>.Instance);
    }

    // Other tests' requests are not ours to look at.
    private async Task<IReadOnlyCollection<V1CertificateSigningRequest>> ListAsync() =>
    [
        .. (await _service.ListAsync<V1CertificateSigningRequest>(new() { FieldSelector = $"spec.signerName={Signer}" }, Ends).MustAsync()).Items
            .Where(item => item.Metadata.Name!.StartsWith(_ns, StringComparison.Ordinal)),
    ];

    private async Task RunAsync(RequestSigner signer) => await signer.RunAsync(await ListAsync(), Ends);

    private Task<V1CertificateSigningRequest> GetAsync(string name) => _workload.ReadAsync<V1CertificateSigningRequest>(name, null, Ends).MustAsync();

    private async Task<string> AskAsync(string usage = "client auth")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"spiffe://cluster.local/ns/{_ns}/sa/web"));
        var csr = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        var created = await _workload.CreateAsync(
            new V1CertificateSigningRequest
            {
                Metadata = new() { Name = _shared.NewName(_ns) },
                Spec = new()
                {
                    Request = Encoding.ASCII.GetBytes(csr.CreateSigningRequestPem() + "\n"),
                    SignerName = Signer,
                    Usages = ["digital signature", "server auth", usage],
                },
            },
            Ends).MustAsync();
        return created.Metadata.Name!;
    }
}
