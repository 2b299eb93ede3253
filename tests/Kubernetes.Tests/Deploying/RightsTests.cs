using System.Text.Json.Nodes;
using Kubernetes.Tests.Policies;
using Kubernetes.Tests.Running;
using Kubernetes.Tests.Signing;
using Kubernetes.Tests.Tokens;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Deploying;

/// <summary>The rights that <c>deploy/</c> gives are exactly those that the service uses: the API server's own audit log has the word.</summary>
[Trait("Category", "Long")]
public sealed class RightsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MaxEdits = 10;

    // Not requests of their own: the API server looks them up while it admits a status or an approval.
    private static readonly string[] LookedUp = ["sign", "approve"];

    private KubernetesCluster _cluster = null!; // set before the test

    public async ValueTask InitializeAsync() => _cluster = await KubernetesCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task One_run_with_everything_is_refused_nothing_and_leaves_no_right_unused()
    {
        await Installation.EnsureAsync(_cluster);
        await _cluster.KubectlAsync("", "apply", "-f", Installation.Directory("components/certificate-approval/rbac.yaml"));
        await CreateIstiodsWebhooksAsync();
        foreach (var replica in (string[])["meshca-0", "meshca-1"])
        {
            await _cluster.CreatePodAsync(new Pod(Installation.Namespace, replica, Installation.Account, "node-a") { Labels = new() { ["app.kubernetes.io/name"] = "meshca" } });
        }

        await _cluster.CreateNamespaceAsync("shop");
        await _cluster.CreateAccountAsync("shop", "web");
        await _cluster.CreateAccountAsync("istio-system", "ztunnel");
        await SigningRequests.AllowAsync(_cluster, "shop");

        await using (var service = await StartAsync("meshca-0"))
        {
            await LabelledAsync("meshca-0");
            await ProveTokensAsync(service);
            await ProveDistributionAsync();
            await ProvePoliciesAsync();
            await ProveSigningAsync();
            Assert.Equal(0, await service.Process.TerminateAsync());
        }

        // The second life takes the lease that is there, and the authorities; of one kind there is only the older version.
        await StopServingAsync("authorizationpolicies.security.istio.io", "v1");
        await using (var service = await StartAsync("meshca-1"))
        {
            await LabelledAsync("meshca-1");
            await ProveTokensAsync(service);
        }

        var entries = _cluster.Audit.Read(Installation.User);
        var refused = entries.Where(entry => entry.Code is 401 or 403).Distinct().ToList();
        Assert.True(refused.Count == 0, "refused: " + string.Join("; ", refused));

        var rights = await Right.OfServiceAsync(_cluster);
        var unused = rights.Where(right => !LookedUp.Contains(right.Verb) && !entries.Any(right.Covers)).ToList();
        Assert.True(unused.Count == 0, "never used: " + string.Join("; ", unused));

        // What is used and not in a role comes from those that every account has, which tell of versions alone.
        var beyond = entries.Where(entry => !rights.Any(right => right.Covers(entry))).Select(entry => $"{entry.Verb} {entry.Resource}").Distinct().ToList();
        output.WriteLine($"{entries.Count} requests, {rights.Count} rights; by the rights of every account: {string.Join(", ", beyond)}");
        Assert.All(beyond, request => Assert.Matches("^get (/apis|/readyz|/version|/openid|/.well-known)", request));
    }

    private Task<MeshService> StartAsync(string replica) => MeshService.StartAsync(
        _cluster,
        [
            .. KeyFile.Settings(_cluster),
            ("LeaderElection:Lease", $"{Installation.Namespace}/meshca"),
            ("LeaderElection:Identity", replica),
            ("LeaderElection:Pod", replica),
            ("LeaderElection:LabelPods", "true"),
            ("Authorities:Secret", $"{Installation.Namespace}/meshca-authorities"),
            ("Kubernetes:Clusters:0:TrustedNodeAccounts:0", "istio-system/ztunnel"),
            ("Kubernetes:Policies:Enabled", "true"),
            ("Kubernetes:CertificateSigning:SignerNames:0", SigningRequests.Signer),
            ("Kubernetes:CertificateSigning:ApproveOwnIdentity", "true"),
            ("TrustDistribution:Enabled", "true"),
            ("TrustDistribution:RevocationLists", "true"),
            ("TrustDistribution:Webhooks:0", "meshca-policies"),
            ("TrustDistribution:WebhookRevisions:0", "default"),
            ("TrustDistribution:IstiodSecret", "istio-system/istiod-tls"),
        ]);

    private Task LabelledAsync(string pod) => Eventually.TrueAsync(
        async () => (await _cluster.Admin.GetAsync($"/api/v1/namespaces/{Installation.Namespace}/pods?labelSelector=meshca.io/leader%3Dtrue"))["items"]!.AsArray()
            .Select(item => item!["metadata"]!["name"]!.GetValue<string>()).SequenceEqual([pod]),
        $"the leader's label at {pod} alone");

    private async Task ProveTokensAsync(MeshService service)
    {
        var web = new Workload(_cluster, new Pod("shop", $"web-{Guid.NewGuid():n}", "web", "node-a"), "");
        web = web with { Uid = await _cluster.CreatePodAsync(web.Pod) };
        Assert.Equal(web.Identity, await service.IdentityAsync(Answers.Of(await web.TokenAsync())));
        var proxy = new Workload(_cluster, new Pod("istio-system", $"ztunnel-{Guid.NewGuid():n}", "ztunnel", "node-a"), "");
        proxy = proxy with { Uid = await _cluster.CreatePodAsync(proxy.Pod) };
        Assert.Equal(web.Identity, await service.IdentityAsync(Answers.Of(await proxy.TokenAsync(), web.Identity)));

        // Pods and accounts that the copies lack are asked for by name.
        var ask = Answers.Of(await web.TokenAsync());
        await service.IdentityAsync(ask);
        await _cluster.DeletePodAsync(web.Pod);
        await RefusedAsync(service, ask);
        var account = $"once-{Guid.NewGuid():n}";
        await _cluster.CreateAccountAsync("shop", account);
        ask = Answers.Of(await _cluster.TokenAsync("shop", account, "istio-ca"));
        await service.IdentityAsync(ask);
        await _cluster.Admin.DeleteAsync($"/api/v1/namespaces/shop/serviceaccounts/{account}");
        await RefusedAsync(service, ask);
    }

    private static async Task RefusedAsync(MeshService service, Ask ask)
    {
        using var client = service.Connect();
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        await Eventually.TrueAsync(async () => await client.CodeOfAsync(csr, ask) == Grpc.Core.StatusCode.Unauthenticated, "a refusal");
    }

    private async Task ProveDistributionAsync()
    {
        foreach (var map in (string[])["istio-ca-root-cert", "istio-ca-crl"])
        {
            var path = $"/api/v1/namespaces/shop/configmaps/{map}";
            await Eventually.TrueAsync(async () => await _cluster.Admin.FindAsync(path) is not null, map);

            // Whoever undoes it again and again is looked for, and then left alone for a while.
            for (var i = 0; i < MaxEdits && !_cluster.Audit.Read(Installation.User).Any(entry => entry.Verb == "get" && entry.Name == map); i++)
            {
                var forged = await _cluster.Admin.MergeAsync(path, JsonNode.Parse($$$"""{"data": {"root-cert.pem": "forged {{{i}}}", "ca-crl.pem": "forged {{{i}}}"}}""")!);
                await Eventually.TrueAsync(
                    async () => (await _cluster.Admin.GetAsync(path))["metadata"]!["resourceVersion"]!.GetValue<string>() != forged["metadata"]!["resourceVersion"]!.GetValue<string>()
                        || _cluster.Audit.Read(Installation.User).Any(entry => entry.Verb == "get" && entry.Name == map),
                    $"the repair of {map}");
            }
        }

        await Eventually.TrueAsync(async () => await _cluster.Admin.FindAsync("/api/v1/namespaces/istio-system/secrets/istiod-tls") is not null, "istiod's secret");
        foreach (var (plural, name) in Webhooks.Append(("validatingwebhookconfigurations", "meshca-policies")))
        {
            await Eventually.TrueAsync(
                async () => (await _cluster.Admin.GetAsync($"/apis/admissionregistration.k8s.io/v1/{plural}/{name}"))["webhooks"]![0]!["clientConfig"]!["caBundle"] is not null,
                $"caBundle of {name}");
        }
    }

    private async Task ProvePoliciesAsync()
    {
        await _cluster.KubectlAsync(PolicyTests.Deny("one", "shop"), "apply", "-f", "-");
        await _cluster.KubectlAsync(
            """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: two, namespace: shop}, spec: {mtls: {mode: STRICT}}}
            - {apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: three, namespace: shop}, spec: {jwtRules: [{issuer: "https://issuer.example", jwks: '{"keys": []}'}]}}
            """,
            "apply", "-f", "-");
        foreach (var (plural, name) in ((string, string)[])[("authorizationpolicies", "one"), ("peerauthentications", "two"), ("requestauthentications", "three")])
        {
            await Eventually.TrueAsync(
                async () => (await _cluster.Admin.GetAsync($"/apis/security.istio.io/v1/namespaces/shop/{plural}/{name}"))["status"]?["conditions"] is not null, $"a status of {name}");
        }
    }

    private async Task ProveSigningAsync()
    {
        await SigningRequests.CreateAsync(_cluster, "own", "shop", "web", await OpenSsl.CsrAsync("-addext subjectAltName=URI:spiffe://cluster.local/ns/shop/sa/web"));
        Assert.NotNull((await SigningRequests.StatusAsync(_cluster, "own"))["certificate"]);
    }

    private async Task StopServingAsync(string definition, string version)
    {
        var path = $"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}";
        var item = await _cluster.Admin.GetAsync(path);
        item["spec"]!["versions"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == version)!["served"] = false;
        await _cluster.Admin.PutAsync(path, item);
        await Eventually.TrueAsync(async () => await _cluster.Admin.FindAsync($"/apis/security.istio.io/{version}/authorizationpolicies") is null, "the older version alone");
    }

    // Whose names the role has: those that istiod itself installs.
    private static readonly (string Plural, string Name)[] Webhooks =
    [
        ("mutatingwebhookconfigurations", "istio-sidecar-injector"), ("mutatingwebhookconfigurations", "istio-revision-tag-default"),
        ("validatingwebhookconfigurations", "istio-validator-istio-system"), ("validatingwebhookconfigurations", "istiod-default-validator"),
    ];

    private async Task CreateIstiodsWebhooksAsync()
    {
        foreach (var (plural, name) in Webhooks)
        {
            await _cluster.Admin.PostAsync($"/apis/admissionregistration.k8s.io/v1/{plural}", JsonNode.Parse($$"""
                {"metadata": {"name": "{{name}}", "labels": {"istio.io/rev": "default"} },
                 "webhooks": [{"name": "one.istio.io", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Ignore",
                   "clientConfig": {"url": "https://localhost:1/"}, "rules": []}]}
                """)!);
        }
    }
}
