using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using KubernetesClient;
using KubernetesClient.Configuration;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Admin.Meshes;

/// <summary>The options by which a verb finds clusters: a kubeconfig's contexts, or the cluster that it runs in.</summary>
/// <param name="isManyAllowed">Whether it looks at several at once.</param>
internal sealed class ClusterParameters(bool isManyAllowed)
{
    private readonly Option<string?> _kubeconfig = new("--kubeconfig")
    {
        Description = "The kubeconfig file (default: the variable KUBECONFIG; without either the cluster that the command runs in)",
    };

    private readonly Option<string[]> _contexts = new("--context")
    {
        Description = isManyAllowed
            ? "Context of the kubeconfig; may be repeated: clusters are looked at together, the issuer's first (default: its current one)"
            : "Context of the kubeconfig (default: its current one)",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _rootNamespace = new("--root-namespace")
    {
        Description = "Namespace of Istio's control plane",
        DefaultValueFactory = _ => "istio-system",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All => [_kubeconfig, _contexts, _rootNamespace];

    /// <summary>Namespace of Istio's control plane.</summary>
    public string RootNamespace(ParseResult arguments) => arguments.GetRequiredValue(_rootNamespace);

    /// <summary>Opens the clusters; nothing is called yet.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Gets what is wrong.</param>
    /// <param name="clock">The time.</param>
    /// <param name="opened">The clusters; the caller disposes them.</param>
    public bool TryOpen(ParseResult arguments, AdminOutput output, TimeProvider clock, [NotNullWhen(true)] out OpenedClusters? opened)
    {
        opened = null;
        var contexts = arguments.GetRequiredValue(_contexts);
        if (contexts.Length > 1 && !isManyAllowed)
        {
            output.Fail($"{_contexts.Name} is given once");
            return false;
        }

        var file = arguments.GetValue(_kubeconfig) ?? ClusterConnections.DefaultKubeconfig;
        if (file is null && contexts.Length > 0)
        {
            output.Fail($"{_contexts.Name} needs {_kubeconfig.Name}");
            return false;
        }

        var clusters = new List<(string Name, KubernetesApi Api)>();
        foreach (var context in contexts is [] ? [""] : contexts)
        {
            switch (ClusterConnections.Load(file, context))
            {
                case ConfigurationOutcome.Loaded(var configuration):
                    clusters.Add((context.Length > 0 ? context : file is null ? "in-cluster" : "current", new KubernetesApi(configuration, clock)));
                    break;
                case ConfigurationOutcome.Refused(var faults):
                    faults.ToList().ForEach(output.Fail);
                    clusters.ForEach(cluster => cluster.Api.Dispose());
                    return false;
            }
        }

        opened = new(clusters);
        return true;
    }

    /// <summary>Says so where nothing of a cluster could be read.</summary>
    /// <returns>How the command ends; null where it goes on.</returns>
    public static ExitCode? Refuse(ClusterView cluster, AdminOutput output)
    {
        foreach (var gap in cluster.Gaps)
        {
            output.Fail($"cluster `{cluster.Name}`: {gap.Resource} cannot be read: {gap.Reason}");
        }

        // What is shown from half of it would be wrong.
        return cluster.Gaps.Count == 0 ? null : cluster.Gaps.Any(gap => gap.IsForbidden) ? ExitCode.Refused : ExitCode.Unavailable;
    }
}

/// <summary>Clusters that are open.</summary>
/// <param name="clusters">The clusters, with their names.</param>
internal sealed class OpenedClusters(IReadOnlyList<(string Name, KubernetesApi Api)> clusters) : IDisposable
{
    /// <summary>The clusters.</summary>
    public IReadOnlyList<(string Name, IKubernetes Api)> Clusters { get; } = [.. clusters.Select(cluster => (cluster.Name, (IKubernetes)cluster.Api))];

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (_, api) in clusters)
        {
            api.Dispose();
        }
    }
}
