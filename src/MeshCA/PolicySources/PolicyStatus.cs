using AuthzEngine.Admission;
using MeshCA.PolicySources.Watched;

namespace MeshCA.PolicySources;

/// <summary>How the sources stand, whether or not anything is in force.</summary>
/// <param name="Revision">The last revision; 0 before the first.</param>
/// <param name="IsComplete">Whether every source was read at least once.</param>
/// <param name="Resources">What became of everything that was read.</param>
internal sealed record PolicyStatus(long Revision, bool IsComplete, AdmittedResources Resources)
{
    /// <summary>The policies of the cluster as they were read.</summary>
    public IReadOnlyList<WatchedPolicy> Watched { get; init; } = [];

    /// <summary>Before the first reading.</summary>
    public static PolicyStatus Unread { get; } = new(0, false, AdmittedResources.None);
}
