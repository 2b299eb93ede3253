using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Leadership;

/// <summary>Marks the leader's pod, so that a Service sends requests there and standbys may count as ready for rollouts.</summary>
/// <remarks>The label directs traffic and nothing else: a pod that has it wrongly refuses.</remarks>
/// <param name="api">The home cluster's API server.</param>
/// <param name="ns">The replicas' namespace.</param>
/// <param name="pod">This replica's pod.</param>
/// <param name="logger">Gets what fails.</param>
internal sealed class LeaderLabel(IKubernetes api, string ns, string pod, ILogger logger)
{
    /// <summary>The label; its value is <c>true</c>.</summary>
    public const string Name = "meshca.io/leader";

    private const string Path = "/metadata/labels/meshca.io~1leader"; // RFC 6901 §3
    private static readonly byte[] Add = Encoding.UTF8.GetBytes($$"""[{"op":"add","path":"{{Path}}","value":"true"}]""");
    private static readonly byte[] Remove = Encoding.UTF8.GetBytes($$"""[{"op":"test","path":"{{Path}}","value":"true"},{"op":"remove","path":"{{Path}}"}]""");

    /// <summary>Sees to the labels once.</summary>
    /// <param name="leads">Whether this replica leads.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task AdvanceAsync(bool leads, CancellationToken cancellationToken)
    {
        if (await api.ListAsync<V1Pod>(new ListQuery { Namespace = ns, LabelSelector = $"{Name}=true" }, cancellationToken)
            is not ApiOutcome<KubernetesList<V1Pod>>.Done(var labelled))
        {
            Log.LeaderLabelFailed(logger, pod, "pods cannot be listed");
            return;
        }

        var names = labelled.Items.Select(item => item.Metadata.Name).OfType<string>().ToList();
        if (leads && !names.Contains(pod))
        {
            await PatchAsync(pod, Add, cancellationToken);
        }

        // One that does not lead takes its own off; the leader all others', also those of pods that died with it.
        foreach (var name in names.Where(name => (name == pod) != leads))
        {
            await PatchAsync(name, Remove, cancellationToken);
        }
    }

    private async Task PatchAsync(string name, byte[] patch, CancellationToken cancellationToken)
    {
        if (await api.PatchAsync<V1Pod>(name, ns, patch, cancellationToken) is ApiOutcome<V1Pod>.Failed(var failure))
        {
            Log.LeaderLabelFailed(logger, name, $"{failure.Kind}: {failure.Message}");
        }
    }
}
