using KubernetesClient.Configuration;
using Microsoft.Extensions.Configuration;

namespace MeshCA.Admin.Meshes;

/// <summary>Finds out how the API server of a cluster is called, as other tools do.</summary>
internal static class ClusterConnections
{
    // KUBECONFIG, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not ours, so not under our prefix.
    private const string Prefix = "KUBE";

    /// <summary>The kubeconfig that the variable <c>KUBECONFIG</c> names; null where it names none. Of several, the first.</summary>
    public static string? DefaultKubeconfig => Variables()["CONFIG"]?.Split(':').FirstOrDefault(path => path.Length > 0);

    /// <summary>Reads a configuration.</summary>
    /// <param name="kubeconfig">The file; null: the cluster that this process runs in.</param>
    /// <param name="context">Its context; empty: its current one.</param>
    public static ConfigurationOutcome Load(string? kubeconfig, string context)
    {
        if (kubeconfig is not null)
        {
            return KubernetesClientConfiguration.BuildConfigFromConfigFile(System.IO.Path.GetFullPath(kubeconfig), context);
        }

        var variables = Variables();
        return KubernetesClientConfiguration.InClusterConfig(variables["RNETES_SERVICE_HOST"], variables["RNETES_SERVICE_PORT"]);
    }

    private static IConfigurationRoot Variables() => new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build();
}
