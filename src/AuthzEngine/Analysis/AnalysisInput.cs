using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis;

/// <summary>What an analysis looks at. The more of a mesh is given, the more it can say.</summary>
/// <param name="Resources">Valid resources, each once.</param>
public sealed record AnalysisInput(IReadOnlyList<PolicyResource> Resources)
{
    /// <summary>The mesh's settings; null when they are not known: Istio's defaults then hold, and nothing is said to be missing in them.</summary>
    public MeshSettings? Settings { get; init; }

    /// <summary>What there is in the mesh; null when that is not known.</summary>
    public Inventory? Inventory { get; init; }
}
