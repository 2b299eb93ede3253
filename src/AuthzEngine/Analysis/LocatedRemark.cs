using AuthzEngine.Policies;

namespace AuthzEngine.Analysis;

/// <summary>A remark and the resource it is about.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Remark">What is to say.</param>
internal sealed record LocatedRemark(ResourceId Resource, Remark Remark);
