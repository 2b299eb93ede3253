using System.IO;
using Kubernetes.Tests.Running;
using Kubernetes.Tests.Tokens;
using MeshCA.IntegrationTests.Clustered;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Authorities;

/// <summary>A mesh moves over with its root: the secrets are real ones, openssl made the keys (istio-ca §4.1, §4.2).</summary>
[Trait("Category", "Long")]
public sealed class ImportTests(SharedCluster shared)
{
    [Fact]
    public async Task A_certificate_below_istiods_own_root_verifies_by_that_root()
    {
        var cluster = await shared.StartedAsync();
        var ns = await NewNamespaceAsync(cluster);
        using var istio = await IstioRoot.CreateAsync();
        await CreateSecretAsync(cluster, "root-import", "istio-ca-secret", "istio.io/ca-root", ("ca-cert.pem", istio.RootPem), ("ca-key.pem", istio.KeyPem), ("root-cert.pem", istio.RootPem));
        await using var service = await MeshService.StartAsync(
            cluster,
            [
                .. KeyFile.Settings(cluster),
                ("Authorities:ImportSecret", "istio-system/istio-ca-secret"),
                ("Authorities:Secret", $"{Installation.Namespace}/meshca-authorities"),
            ]);
        using var client = service.Connect();
        var answer = await Answers.AskAsync(client, Answers.Of(await cluster.TokenAsync(ns, "web", "istio-ca")));
        Assert.Equal(istio.RootPem, answer.Elements[^1]);
        await istio.VerifyAsync(answer.Elements[0], answer.IntermediatesPem);
        await istio.VerifyAsync(await istio.LeafAsync(), "", roots: answer.Elements[^1]);

        // The secret that was written instead shows no key.
        var kept = await cluster.Admin.GetAsync($"/api/v1/namespaces/{Installation.Namespace}/secrets/meshca-authorities");
        var bytes = string.Concat(kept["data"]!.AsObject().Select(entry => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(entry.Value!.GetValue<string>()))));
        Assert.DoesNotContain("PRIVATE KEY", bytes, StringComparison.Ordinal);
        Assert.DoesNotContain(istio.KeyPem.Split('\n')[2], bytes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_intermediate_of_cacerts_goes_on_signing_below_its_root()
    {
        var cluster = await shared.StartedAsync();
        var ns = await NewNamespaceAsync(cluster);
        var root = OperatorAuthority.Root("offline root");
        var signer = root.Below("istio intermediate");
        await CreateSecretAsync(
            cluster, "authority-plugin", "cacerts", "Opaque", ("ca-cert.pem", signer.Pem), ("ca-key.pem", signer.KeyPem), ("cert-chain.pem", signer.Pem + root.Pem), ("root-cert.pem", root.Pem));
        await using var service = await MeshService.StartAsync(cluster, ("Authorities:PluginSecret", "istio-system/cacerts"));
        using var client = service.Connect();
        var answer = await Answers.AskAsync(client, Answers.Of(await cluster.TokenAsync(ns, "web", "istio-ca")));
        Assert.Equal(signer.Certificate.RawData, Assert.Single(answer.Middle).RawData);
        Assert.Equal("", answer.FindFault(TimeProvider.System.GetUtcNow()));
    }

    private async Task<string> NewNamespaceAsync(KubernetesCluster cluster)
    {
        await Installation.EnsureAsync(cluster);
        var ns = shared.NewName("import");
        await cluster.CreateNamespaceAsync(ns);
        await cluster.CreateAccountAsync(ns, "web");
        return ns;
    }

    // With the rights of the component for this: the base has none on secrets.
    private static async Task CreateSecretAsync(KubernetesCluster cluster, string component, string name, string type, params (string Key, string Text)[] data)
    {
        var files = data.Select(entry =>
        {
            var path = cluster.File($"{name}.{entry.Key}");
            File.WriteAllText(path, entry.Text);
            return $"--from-file={entry.Key}={path}";
        });
        await cluster.KubectlAsync("", ["-n", "istio-system", "create", "secret", "generic", name, $"--type={type}", .. files]);
        await cluster.KubectlAsync("", "apply", "-f", Installation.Directory($"components/{component}/rbac.yaml"));
    }
}
