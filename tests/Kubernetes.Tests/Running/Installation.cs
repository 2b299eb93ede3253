using System.IO;

namespace Kubernetes.Tests.Running;

/// <summary>What <c>deploy/</c> puts into a cluster, applied by kubectl as an operator applies it. No controller runs the pods; the tests do.</summary>
internal static class Installation
{
    public const string Namespace = "meshca-system";
    public const string Account = "meshca";

    /// <summary>The user that the service's account is for the API server.</summary>
    public const string User = $"system:serviceaccount:{Namespace}:{Account}";

    private static readonly string[] Rights =
    [
        "overlays/ha/rbac.yaml", "components/certificate-signing/rbac.yaml", "components/istiod-certificate/rbac.yaml",
        "components/istiod-webhooks/rbac.yaml",
    ];

    /// <summary>Has the API server ask about policies where the service is. No network leads to services here.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="port">The webhook's port; null for one where nobody answers.</param>
    public static Task PointWebhookAsync(KubernetesCluster cluster, int? port) => cluster.KubectlAsync(
        "",
        "patch", "validatingwebhookconfiguration", "meshca-policies", "--type", "strategic", "--patch",
        $$$"""{"webhooks": [{"name": "policies.meshca.io", "clientConfig": {"url": "https://localhost:{{{port ?? 1}}}/validate", "service": null}}]}""");

    /// <summary>Makes it, once.</summary>
    public static async Task EnsureAsync(KubernetesCluster cluster)
    {
        if (await cluster.Admin.FindAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles/meshca-tokens") is null)
        {
            await ApplyAsync(cluster, "crds");
            await ApplyAsync(cluster, "base");
            await cluster.CreateNamespaceAsync("istio-system");
            foreach (var rights in Rights)
            {
                await cluster.KubectlAsync("", "apply", "-f", Directory(rights));
            }

            await PointWebhookAsync(cluster, null);
        }
    }

    /// <summary>Applies a directory of <c>deploy/</c>.</summary>
    /// <returns>What kubectl says.</returns>
    public static async Task<string> ApplyAsync(KubernetesCluster cluster, string directory) =>
        await cluster.KubectlAsync(ForThisVersion(await cluster.KubectlAsync("", "kustomize", Directory(directory))), "apply", "-f", "-");

    /// <summary>The same object in a version of the API that this old API server has.</summary>
    public static string ForThisVersion(string manifests) => manifests.Replace("apiVersion: policy/v1\n", "apiVersion: policy/v1beta1\n", StringComparison.Ordinal);

    /// <summary>A kubeconfig of the service's account.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> KubeconfigAsync(KubernetesCluster cluster)
    {
        await EnsureAsync(cluster);
        var file = cluster.File($"{Namespace}.{Account}.kubeconfig");
        return File.Exists(file) ? file : await cluster.WriteKubeconfigAsync(Namespace, Account);
    }

    /// <summary>A directory of <c>deploy/</c>.</summary>
    public static string Directory(string name) => Path.Combine(KubernetesPrograms.Repository, "deploy", name);
}
