namespace MeshCA.ClusterAnalysis;

/// <summary>Whether the issuer can be reached and can issue, and what could not be looked at.</summary>
internal static class IssuerAnalyzer
{
    public static IEnumerable<AnalysisFinding> Analyze(MeshView mesh) => OfIssuer(mesh).Concat(OfGaps(mesh));

    private static IEnumerable<AnalysisFinding> OfIssuer(MeshView mesh)
    {
        if (mesh.Issuer is not { } issuer)
        {
            yield break;
        }

        var name = $"Issuer/{issuer.Address}";
        if (issuer.Fault is { } fault)
        {
            yield return new(
                AnalysisCode.IssuerUnreachable,
                "",
                name,
                $"the issuer cannot be reached: {fault}",
                "no certificate is issued or renewed while that lasts: look at its pods, service and network policy");
        }

        foreach (var check in issuer.NotReady)
        {
            yield return new(
                AnalysisCode.IssuerNotReady, "", name, $"the issuer is not ready: {check}", "see `/healthz/ready` and docs/operations.md");
        }

        if (issuer.TrustDomains.Count > 1)
        {
            yield return new(
                AnalysisCode.TrustDomainsShareRoots,
                "",
                name,
                $"the same roots vouch for the trust domains {string.Join(", ", issuer.TrustDomains.Select(domain => $"`{domain}`"))}",
                "do not rely on them for isolation: whoever holds a key of an authority speaks for all of them (docs/adr/0010)");
        }
    }

    private static IEnumerable<AnalysisFinding> OfGaps(MeshView mesh) =>
        from cluster in mesh.Clusters
        from gap in cluster.Gaps
        select gap.IsForbidden
            ? new AnalysisFinding(
                AnalysisCode.RightMissing,
                cluster.Name,
                $"Resource/{gap.Resource}",
                $"who looks may not list them: {gap.Reason}",
                "look with an account that may; nothing is said about what they hold")
            : new AnalysisFinding(
                AnalysisCode.NotLookedAt,
                cluster.Name,
                $"Resource/{gap.Resource}",
                $"they could not be read: {gap.Reason}",
                "look again; nothing is said about what they hold");
}
