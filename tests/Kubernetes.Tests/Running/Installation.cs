using System.IO;

namespace Kubernetes.Tests.Running;

/// <summary>What <c>deploy/</c> puts into a cluster before the service runs in it.</summary>
internal static class Installation
{
    public const string Namespace = "meshca-system";
    public const string Account = "meshca";

    /// <summary>Makes it, once.</summary>
    public static async Task EnsureAsync(KubernetesCluster cluster)
    {
        if (await cluster.Admin.FindAsync($"/api/v1/namespaces/{Namespace}") is not null)
        {
            return;
        }

        await cluster.CreateNamespaceAsync(Namespace);
        await cluster.CreateAccountAsync(Namespace, Account);
        await cluster.KubectlAsync("", "create", "clusterrolebinding", "meshca", "--clusterrole=cluster-admin", $"--serviceaccount={Namespace}:{Account}");
    }

    /// <summary>A kubeconfig of the service's account.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> KubeconfigAsync(KubernetesCluster cluster)
    {
        await EnsureAsync(cluster);
        var file = cluster.File($"{Namespace}.{Account}.kubeconfig");
        return File.Exists(file) ? file : await cluster.WriteKubeconfigAsync(Namespace, Account);
    }
}
