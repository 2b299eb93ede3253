using System.Globalization;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace MeshCA.ClusterAnalysis;

/// <summary>Gaps of mutual TLS, as far as they show without traffic: who has no identity, and who demands one.</summary>
internal static class MutualTlsAnalyzer
{
    private const string ExcludedInbound = "traffic.sidecar.istio.io/excludeInboundPorts";
    private const string RewriteProbes = "sidecar.istio.io/rewriteAppHTTPProbers";

    public static IEnumerable<AnalysisFinding> Analyze(ClusterView cluster, ClusterPolicies policies)
    {
        var workloads = ViewedWorkload.Of(cluster)
            .Where(workload => !MeshPlacements.OfPlatform.Contains(workload.Pod.Namespace))
            .Select(workload => new Judged(workload, policies.Modes.For(workload.ToWorkload())))
            .ToList();
        return Breaking(cluster, workloads)
            .Concat(workloads.SelectMany(workload => OfWorkload(cluster, workload)))
            .Concat(Plaintext(cluster, workloads))
            .Concat(OfServices(cluster, workloads));
    }

    // Who calls whom does not show in objects. That whoever has no identity is refused by who demands one does.
    private static IEnumerable<AnalysisFinding> Breaking(ClusterView cluster, IReadOnlyList<Judged> workloads)
    {
        string[] strict = [.. workloads.Where(IsServerThatDemands).Select(server => server.Workload.Pod.Namespace).Distinct()];
        var inMesh = workloads.Any(workload => workload.Workload.Placement is MeshPlacement.Sidecar or MeshPlacement.Ambient);
        foreach (var (workload, _) in workloads.Where(workload => workload.Workload.Placement == MeshPlacement.Outside && inMesh))
        {
            if (workload.Pod.Namespace == cluster.RootNamespace)
            {
                continue;
            }

            var why = workload.Pod.IsOnHostNetwork ? "it shares its node's network, and can have no proxy" : "no proxy stands before it";
            yield return strict.Length > 0
                ? new(
                    AnalysisCode.BreaksUnderStrict,
                    cluster.Name,
                    workload.Object,
                    $"{why}{workload.AndMore}: workloads in {Excerpt(strict)} demand mTLS and refuse its calls",
                    "put it into the mesh, or let a PeerAuthentication make the ports that it calls PERMISSIVE")
                : new(
                    AnalysisCode.BreaksUnderStrict,
                    cluster.Name,
                    workload.Object,
                    $"{why}{workload.AndMore}: it would be refused wherever mTLS is made STRICT",
                    "put it into the mesh before that, if it calls workloads of the mesh")
                {
                    Severity = Severity.Info,
                };
        }
    }

    private static bool IsServerThatDemands(Judged workload) =>
        workload.Workload.Placement is MeshPlacement.Sidecar or MeshPlacement.Ambient
        && (workload.Modes.Workload.Mode == MutualTlsMode.Strict || workload.Modes.Ports.Values.Any(port => port.Mode == MutualTlsMode.Strict));

    private static IEnumerable<AnalysisFinding> OfWorkload(ClusterView cluster, Judged judged)
    {
        var (workload, modes) = judged;
        if (workload.Placement == MeshPlacement.Outside)
        {
            // A policy of the whole mesh is not about those outside of it; one for these pods is.
            if (modes.Workload is { Mode: MutualTlsMode.Strict, Policy: { } policy } && policy.Namespace == workload.Pod.Namespace)
            {
                yield return new(
                    AnalysisCode.StrictNotEnforced,
                    cluster.Name,
                    workload.Object,
                    $"`{policy}` demands mTLS of it, and no proxy stands before it{workload.AndMore}: plaintext reaches it",
                    "put it into the mesh, or close it by a NetworkPolicy");
            }

            yield break;
        }

        foreach (var (port, mode) in Modes(modes).Where(entry => entry.Mode.Mode == MutualTlsMode.Disable))
        {
            yield return new(
                AnalysisCode.MutualTlsDisabled,
                cluster.Name,
                workload.Object,
                $"`{mode.Policy}` switches mTLS off {port}{workload.AndMore}: no caller has an identity there, and nothing is encrypted",
                "make it STRICT, or PERMISSIVE while callers move into the mesh");
        }

        if (workload.Placement == MeshPlacement.Sidecar && workload.Pod.Annotations.GetValueOrDefault(ExcludedInbound) is { Length: > 0 } excluded)
        {
            yield return new(
                AnalysisCode.PortsBypassProxy,
                cluster.Name,
                workload.Object,
                $"annotation `{ExcludedInbound}: {excluded}` leads these ports around the proxy{workload.AndMore}: no mTLS and no policy holds there",
                "remove the annotation, or close the ports by a NetworkPolicy");
        }

        if (workload.Placement == MeshPlacement.Sidecar && modes.Workload.Mode == MutualTlsMode.Strict
            && workload.Pod.Annotations.GetValueOrDefault(RewriteProbes) == "false"
            && workload.Pod.Containers.Any(container => container.HasHttpProbe && container.Name != "istio-proxy"))
        {
            yield return new(
                AnalysisCode.ProbesMeetStrict,
                cluster.Name,
                workload.Object,
                $"the kubelet's probes have no certificate, annotation `{RewriteProbes}: false` leaves them as they are, and mTLS is STRICT{workload.AndMore}",
                "remove the annotation, or probe a port that a PeerAuthentication makes PERMISSIVE");
        }
    }

    private static IEnumerable<(string Port, PortMutualTls Mode)> Modes(EffectiveMutualTls modes) => modes.Ports
        .OrderBy(port => port.Key)
        .Select(port => (string.Create(CultureInfo.InvariantCulture, $"at port {port.Key}"), port.Value))
        .Prepend(("at every port", modes.Workload));

    private static IEnumerable<AnalysisFinding> Plaintext(ClusterView cluster, IReadOnlyList<Judged> workloads) =>
        from workload in workloads
        where workload.Workload.Placement is MeshPlacement.Sidecar or MeshPlacement.Ambient
            && workload.Modes.Workload.Mode == MutualTlsMode.Permissive
        group workload by workload.Workload.Pod.Namespace into ns
        let count = ns.Sum(workload => workload.Workload.Count)
        select new AnalysisFinding(
            AnalysisCode.PlaintextAccepted,
            cluster.Name,
            $"Namespace/{ns.Key}",
            $"{count} pod{(count == 1 ? " accepts" : "s accept")} plaintext beside mTLS, such as `{ns.First().Workload.Pod.Name}`",
            "once every caller is in the mesh (MCA0020 lists the others), a PeerAuthentication with mode STRICT closes it");

    private static IEnumerable<AnalysisFinding> OfServices(ClusterView cluster, IReadOnlyList<Judged> workloads) =>
        from service in cluster.Services
        where service.IsOpenToOutside
        let reached = workloads.FirstOrDefault(workload => IsServerThatDemands(workload) && service.Selects(workload.Workload.Pod))
        where reached is not null
        select new AnalysisFinding(
            AnalysisCode.OutsideMeetsStrict,
            cluster.Name,
            $"Service/{service.Namespace}/{service.Name}",
            $"it is open to the outside and leads to `{reached.Workload.Pod.Name}`, which demands mTLS: who comes from outside has no certificate",
            "let a gateway stand before it");

    private static string Excerpt(string[] names) => names.Length <= 3
        ? string.Join(", ", names.Select(name => $"`{name}`"))
        : string.Create(CultureInfo.InvariantCulture, $"`{names[0]}`, `{names[1]}` and {names.Length - 2} more namespaces");

    private sealed record Judged(ViewedWorkload Workload, EffectiveMutualTls Modes);
}
