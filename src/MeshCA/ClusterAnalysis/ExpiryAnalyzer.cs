namespace MeshCA.ClusterAnalysis;

/// <summary>Authorities that have ended, or end before another one can take their place.</summary>
internal static class ExpiryAnalyzer
{
    // What signs nothing any more may end.
    private static readonly HashSet<string> InUse = new(StringComparer.Ordinal) { "prepared", "active", "old" };

    public static IEnumerable<AnalysisFinding> Analyze(MeshView mesh)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (cluster, channel) in Channels(mesh))
        {
            foreach (var certificate in channel.Certificates ?? [])
            {
                // One root stands in hundreds of ConfigMaps: it is told once, with where it was seen first.
                if (told.Add(certificate.Fingerprint)
                    && Judge(cluster, channel.Object, $"root {certificate.Describe()}", certificate.NotAfter, mesh.RootWindow, mesh.Now, isRoot: true) is { } finding)
                {
                    yield return finding;
                }
            }
        }

        foreach (var authority in (mesh.Issuer?.Authorities ?? []).Where(authority => InUse.Contains(authority.State)))
        {
            var window = authority.IsRoot ? mesh.RootWindow : mesh.IntermediateWindow;
            var name = $"{(authority.IsRoot ? "root" : "intermediate")} `{authority.Id}`, {authority.State},";
            if (Judge("", $"Authority/{authority.Id}", name, authority.NotAfter, window, mesh.Now, authority.IsRoot) is { } finding)
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<(string Cluster, TrustChannel Channel)> Channels(MeshView mesh)
    {
        if (mesh.Issuer is { Roots: { } roots } issuer)
        {
            yield return ("", new(TrustChannelKind.BundleEndpoint, $"Bundle/{issuer.Address}", "", roots));
        }

        foreach (var cluster in mesh.Clusters)
        {
            foreach (var channel in cluster.Channels)
            {
                yield return (cluster.Name, channel);
            }
        }
    }

    private static AnalysisFinding? Judge(
        string cluster, string where, string what, DateTimeOffset end, TimeSpan window, DateTimeOffset now, bool isRoot) =>
        end < now
            ? new(AnalysisCode.AuthorityExpired, cluster, where, $"{what} ended {end:u}", isRoot
                ? "nothing below it is valid: rotate to another root, and take this one out (`meshca root rotate`)"
                : "see why the service makes no other (`meshca authority list`, its log)")
        : end - now < window
            ? new(AnalysisCode.AuthorityExpires, cluster, where, $"{what} ends {end:u}, in {(int)(end - now).TotalDays} d", isRoot
                ? "begin a rotation now (`meshca root rotate --dry-run` shows how long it takes)"
                : "an intermediate is renewed at half of its life: see why this one was not (`meshca authority list`, the service's log)")
            : null;
}
