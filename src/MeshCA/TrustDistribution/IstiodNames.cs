namespace MeshCA.TrustDistribution;

/// <summary>The DNS names that istiod's serving certificate has where istiod makes it itself (istio-ca §4.6).</summary>
internal static class IstiodNames
{
    /// <summary>The names, sorted and each once.</summary>
    /// <param name="ns">Istiod's namespace.</param>
    /// <param name="revision">Its revision; empty or <c>default</c>: the default one.</param>
    /// <param name="more">Further names.</param>
    public static IReadOnlyList<string> Of(string ns, string revision, IEnumerable<string> more)
    {
        string[] revised = revision is "" or "default" ? [] : [$"istiod-{revision}.{ns}.svc"];
        return
        [
            .. new[] { $"istiod.{ns}.svc", $"istiod-remote.{ns}.svc", $"istio-pilot.{ns}.svc" }
                .Concat(revised)
                .Concat(more)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal),
        ];
    }
}
