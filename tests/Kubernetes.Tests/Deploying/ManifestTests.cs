using System.IO;
using Kubernetes.Tests.Running;
using Xunit;

namespace Kubernetes.Tests.Deploying;

/// <summary>A real API server takes what <c>deploy/</c> holds. It knows no Kustomize with components; what these make is tested beside the manifests.</summary>
[Trait("Category", "Long")]
public sealed class ManifestTests(SharedCluster shared)
{
    // policy/v1 came with 1.21: untested live.
    private const string Unknown = "poddisruptionbudget.yaml";

    private static readonly string Deploy = Path.Combine(KubernetesPrograms.Repository, "deploy");

    [Fact]
    public async Task Every_manifest_is_taken()
    {
        var cluster = await shared.StartedAsync();
        await ApplyAsync(cluster, Path.Combine(Deploy, "base", "namespace.yaml"));
        await cluster.KubectlAsync("apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n", "apply", "-f", "-");
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(Deploy, "base"), "*.yaml"),
            .. Directory.GetFiles(Deploy, "rbac.yaml", SearchOption.AllDirectories),
            .. Directory.GetFiles(Path.Combine(Deploy, "crds"), "*.yaml"),
        ];
        foreach (var file in files.Where(file => Path.GetFileName(file) is not ("kustomization.yaml" or Unknown)))
        {
            await ApplyAsync(cluster, file, "--dry-run=server");
        }
    }

    private static async Task ApplyAsync(KubernetesCluster cluster, string file, params string[] more) => await cluster.KubectlAsync(
        await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), ["apply", "--validate=true", "-f", "-", .. more]);
}
