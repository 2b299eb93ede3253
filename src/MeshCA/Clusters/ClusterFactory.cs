using KubernetesClient;
using KubernetesClient.Configuration;
using MeshCA.Configuration;
using Microsoft.Extensions.Logging;

namespace MeshCA.Clusters;

/// <summary>Makes clusters of what is configured.</summary>
internal static class ClusterFactory
{
    /// <summary>Reads how to call a cluster's API server.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="pod">What a pod is told of its own cluster.</param>
    public static ConfigurationOutcome Configure(ClusterOptions cluster, PodEnvironment pod) => cluster.Kubeconfig.Length > 0
        ? KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig, cluster.Context, cluster.CallTimeout)
        : KubernetesClientConfiguration.InClusterConfig(pod.Host, pod.Port, pod.Directory, cluster.CallTimeout);

    /// <summary>Makes all clusters.</summary>
    /// <param name="options">What is configured.</param>
    /// <param name="pod">What a pod is told of its own cluster.</param>
    /// <param name="clock">The time.</param>
    /// <param name="loggers">The logs.</param>
    /// <param name="clusters">The clusters; empty with faults.</param>
    /// <returns>All that is wrong, for people.</returns>
    public static IReadOnlyList<string> TryCreate(
        KubernetesOptions options, PodEnvironment pod, TimeProvider clock, ILoggerFactory loggers, out ClusterDirectory clusters)
    {
        var outcomes = options.Clusters.Select(cluster => (Options: cluster, Outcome: Configure(cluster, pod))).ToList();
        var faults = outcomes.SelectMany(each => Faults(each.Options, each.Outcome)).ToList();
        var logger = loggers.CreateLogger<Cluster>();
        clusters = new(faults.Count > 0 ? [] :
        [
            .. from each in outcomes
               let api = new KubernetesApi(((ConfigurationOutcome.Loaded)each.Outcome).Configuration, clock)
               select new Cluster(each.Options.Id, [.. each.Options.Aliases], api)
               {
                   Informers = new(each.Options.Id, api, new() { ResyncInterval = each.Options.ResyncInterval }, clock, logger),
               },
        ]);
        return faults;
    }

    /// <summary>What is wrong with how a cluster is to be called.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="outcome">What came of reading it.</param>
    public static IEnumerable<string> Faults(ClusterOptions cluster, ConfigurationOutcome outcome) =>
        outcome is ConfigurationOutcome.Refused(var faults) ? faults.Select(fault => $"cluster `{cluster.Id}`: {fault}") : [];
}

/// <summary>What a pod is told of its own cluster.</summary>
/// <param name="Host">The variable <c>KUBERNETES_SERVICE_HOST</c>.</param>
/// <param name="Port">The variable <c>KUBERNETES_SERVICE_PORT</c>.</param>
internal sealed record PodEnvironment(string? Host, string? Port)
{
    /// <summary>Where its token and root are.</summary>
    public string Directory { get; init; } = KubernetesClientConfiguration.ServiceAccountDirectory;
}
