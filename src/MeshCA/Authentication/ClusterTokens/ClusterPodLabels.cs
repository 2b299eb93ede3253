using System.Collections.Frozen;
using KubernetesClient.Models;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>The labels of pods as their clusters have them.</summary>
/// <param name="clusters">The clusters.</param>
/// <param name="clock">The clock.</param>
/// <param name="otherwise">Who knows those of callers of other clusters; null: nobody.</param>
internal sealed class ClusterPodLabels(ClusterTokenDirectory clusters, TimeProvider clock, IPodLabels? otherwise) : IPodLabels
{
    // Labels by which controllers tell pods of one workload apart: no rule is about them.
    private static readonly FrozenSet<string> OfSinglePods = new[]
    {
        "pod-template-hash", "pod-template-generation", "controller-revision-hash", "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name", "controller-uid", "job-name",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string>? Find(CallerIdentity caller)
    {
        var evidence = caller.Evidence;
        if (clusters.Get(evidence.Cluster) is not { } cluster)
        {
            return otherwise?.Find(caller);
        }

        if (evidence.Live is { } live)
        {
            return live.Labels;
        }

        if (cluster.Liveness.CopyFault(clock.GetUtcNow()) != AuthenticationError.None || !TrySplit(caller, out var ns, out var account))
        {
            return null;
        }

        // A node proxy asks for all pods of an identity on its node; whoever shows a certificate is the pod behind it.
        return evidence.RequestedBy is not null
            ? Agreed(cluster.Liveness.Index.List(new(ns, account, evidence.NodeName ?? "")))
            : evidence.PodUid is { } uid
                ? cluster.Liveness.Index.TryFind(uid, out var pod) ? LabelsOf(pod) : null
                : Agreed(cluster.Liveness.Index.List(new(ns, account, "")));
    }

    // Where pods differ nobody can tell which one asks, and a rule that denies one of them must not be passed by another.
    private static Dictionary<string, string>? Agreed(IReadOnlyList<V1Pod> pods)
    {
        Dictionary<string, string>? agreed = null;
        foreach (var pod in pods.Where(pod => !PodRules.HasFinished(pod)))
        {
            var labels = LabelsOf(pod).Where(label => !OfSinglePods.Contains(label.Key)).ToDictionary();
            if (agreed is not null && (agreed.Count != labels.Count || agreed.Except(labels).Any()))
            {
                return null;
            }

            agreed ??= labels;
        }

        return agreed;
    }

    private static IReadOnlyDictionary<string, string> LabelsOf(V1Pod pod) =>
        pod.Metadata.Labels ?? FrozenDictionary<string, string>.Empty;

    private static bool TrySplit(CallerIdentity caller, out string ns, out string account)
    {
        var parts = caller.Id.Path.ToString().Split('/');
        (ns, account) = parts is ["", "ns", var first, "sa", var second] ? (first, second) : ("", "");
        return ns.Length > 0;
    }
}
