namespace MeshCA.ClusterAnalysis;

/// <summary>Says all that there is to say about a mesh; pure.</summary>
internal static class MeshAnalysis
{
    /// <summary>Analyzes.</summary>
    /// <param name="mesh">What was gathered.</param>
    /// <returns>Findings, the worst first, then by code, cluster and object.</returns>
    public static IReadOnlyList<AnalysisFinding> Analyze(MeshView mesh) =>
    [
        .. IssuerAnalyzer.Analyze(mesh)
            .Concat(ExpiryAnalyzer.Analyze(mesh))
            .Concat(ChannelAnalyzer.Analyze(mesh))
            .Concat(mesh.Clusters.SelectMany(Analyze))
            .OrderBy(finding => finding.Severity)
            .ThenBy(finding => finding.Code.Id, StringComparer.Ordinal)
            .ThenBy(finding => finding.Cluster, StringComparer.Ordinal)
            .ThenBy(finding => finding.Object, StringComparer.Ordinal),
    ];

    private static IEnumerable<AnalysisFinding> Analyze(ClusterView cluster)
    {
        var policies = ClusterPolicies.Of(cluster);
        return InjectionAnalyzer.Analyze(cluster)
            .Concat(MutualTlsAnalyzer.Analyze(cluster, policies))
            .Concat(PolicyAnalyzer.Analyze(cluster, policies));
    }
}
