using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.ClusterAnalysis;

/// <summary>Roots that differ between the channels of a cluster (istio-ca §4.7), and between clusters.</summary>
internal static class ChannelAnalyzer
{
    // What a rotation leaves out of the bundle may stay in a channel for a moment; it is no outage.
    private const string Repair = "the service writes it where it leads and may (`Kubernetes` settings, RBAC); see its log, and who else writes it";

    public static IEnumerable<AnalysisFinding> Analyze(MeshView mesh) =>
        mesh.Clusters.SelectMany(cluster => Analyze(cluster, mesh)).Concat(CompareClusters(mesh));

    /// <summary>The roots that a cluster's channels are held against: the issuer's, else those in the control plane's namespace, else the most frequent ones.</summary>
    public static IReadOnlyList<ViewedCertificate>? ReferenceOf(ClusterView cluster, IssuerView? issuer)
    {
        if (issuer?.Roots is { Count: > 0 } published)
        {
            return published;
        }

        var maps = cluster.Channels.Where(channel => channel is { Kind: TrustChannelKind.ConfigMap, Certificates: not null }).ToList();
        return maps.Find(channel => channel.Namespace == cluster.RootNamespace)?.Certificates
            ?? maps.GroupBy(channel => Key(channel.Certificates ?? []), StringComparer.Ordinal)
                .OrderByDescending(same => same.Count())
                .ThenBy(same => same.Key, StringComparer.Ordinal)
                .FirstOrDefault()?.First().Certificates;
    }

    private static IEnumerable<AnalysisFinding> Analyze(ClusterView cluster, MeshView mesh)
    {
        var reference = ReferenceOf(cluster, mesh.Issuer);
        foreach (var finding in cluster.Channels.SelectMany(channel => Compare(cluster, channel, reference)))
        {
            yield return finding;
        }

        // Only where roots are handed out at all: a cluster may have none to hand out.
        var having = cluster.Channels.Where(channel => channel.Kind == TrustChannelKind.ConfigMap).Select(channel => channel.Namespace).ToHashSet();
        foreach (var ns in cluster.Namespaces.Where(ns => having.Count > 0 && !ns.IsTerminating && !having.Contains(ns.Name) && IsServed(ns.Name)))
        {
            yield return new(
                AnalysisCode.ChannelMissing,
                cluster.Name,
                $"ConfigMap/{ns.Name}/istio-ca-root-cert",
                "the namespace has no roots: pods with a proxy do not start there",
                Repair);
        }

        if (cluster.ServingCertificate is { } serving && reference is not null && CheckServing(cluster, serving, reference, mesh.Now) is { } untrusted)
        {
            yield return untrusted;
        }
    }

    // istio-ca §4.7: every namespace but these.
    private static bool IsServed(string ns) => ns is not ("kube-public" or "kube-node-lease" or "local-path-storage");

    private static IEnumerable<AnalysisFinding> Compare(ClusterView cluster, TrustChannel channel, IReadOnlyList<ViewedCertificate>? reference)
    {
        if (channel.Certificates is not { } certificates)
        {
            yield return channel.Kind == TrustChannelKind.Webhook
                ? new(
                    AnalysisCode.WebhookBroken,
                    cluster.Name,
                    channel.Object,
                    "its `caBundle` holds no certificate that can be read: the API server cannot call it",
                    "let the service patch it, or put the roots of `meshca bundle show` there")
                : new(AnalysisCode.ChannelUnreadable, cluster.Name, channel.Object, "it holds no certificate that can be read", Repair);
            yield break;
        }

        foreach (var root in (reference ?? []).Except(certificates))
        {
            yield return new(
                AnalysisCode.RootMissing,
                cluster.Name,
                channel.Object,
                $"it lacks the root {root.Describe()}: who trusts by it refuses whom that root vouches for",
                Repair);
        }

        foreach (var root in reference is null ? [] : certificates.Except(reference))
        {
            yield return new(
                AnalysisCode.RootForeign,
                cluster.Name,
                channel.Object,
                $"it has the root {root.Describe()}, which the issuer does not publish",
                "find out who put it there: whoever holds its key can speak for every identity of the mesh");
        }
    }

    private static AnalysisFinding? CheckServing(
        ClusterView cluster, TrustChannel serving, IReadOnlyList<ViewedCertificate> reference, DateTimeOffset now)
    {
        const string Remedy = "let the service write it again, and let istiod read it; proxies connect to istiod by these roots";
        if (serving.Certificates is not { Count: > 0 } certificates)
        {
            return new(AnalysisCode.ServingCertificateUntrusted, cluster.Name, serving.Object, "it holds no certificate that can be read", Remedy);
        }

        if (certificates[0].NotAfter < now)
        {
            return new(AnalysisCode.ServingCertificateUntrusted, cluster.Name, serving.Object, $"its certificate ended {certificates[0].NotAfter:u}", Remedy);
        }

        // The name of the trust domain does not count for the path.
        if (!X509Bundle.TryCreate(TrustDomain.Parse("unnamed"), [.. reference.Select(root => root.Der)], out var bundle, out _))
        {
            return null;
        }

        return X509PathBuilder.TryBuild([.. certificates.Select(certificate => certificate.Der)], bundle, now, out _, out var error)
            ? null
            : new(AnalysisCode.ServingCertificateUntrusted, cluster.Name, serving.Object, $"its certificate does not lead to the published roots ({error})", Remedy);
    }

    private static IEnumerable<AnalysisFinding> CompareClusters(MeshView mesh)
    {
        var known = mesh.Clusters
            .Select(cluster => (cluster.Name, Roots: ReferenceOf(cluster, issuer: null)))
            .Where(cluster => cluster.Roots is not null)
            .ToList();
        foreach (var (name, roots) in known.Skip(1))
        {
            var (first, expected) = known[0];
            if (Key(roots ?? []) != Key(expected ?? []))
            {
                var shared = (roots ?? []).Intersect(expected ?? []).Any();
                yield return new(
                    AnalysisCode.ClustersDiffer,
                    name,
                    $"Cluster/{name}",
                    shared
                        ? $"its roots are not all those of cluster `{first}`: some of their workloads refuse each other"
                        : $"it shares no root with cluster `{first}`: their workloads refuse each other",
                    "publish the roots of both in both (`meshca root import`), then let one issuer sign for both");
            }
        }
    }

    private static string Key(IReadOnlyList<ViewedCertificate> certificates) =>
        string.Join(' ', certificates.Select(certificate => certificate.Fingerprint).Distinct().Order(StringComparer.Ordinal));
}
