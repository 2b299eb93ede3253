using AuthzEngine.Diagnostics;

namespace MeshCA.ClusterAnalysis;

/// <summary>Something that is wrong, or will be.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Cluster">In which cluster; empty for what concerns all.</param>
/// <param name="Object"><c>Kind/namespace/name</c>, or <c>Kind/name</c>.</param>
/// <param name="Message">What: lower case, no period.</param>
/// <param name="Remedy">What to do: lower case, no period.</param>
internal sealed record AnalysisFinding(AnalysisCode Code, string Cluster, string Object, string Message, string Remedy)
{
    /// <summary>How bad this one is; no worse than its code.</summary>
    public Severity Severity { get; init; } = Code.Severity;
}
