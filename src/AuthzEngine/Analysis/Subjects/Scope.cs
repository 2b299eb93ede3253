using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>Whom a resource concerns, as far as its text says it; authorization-policy §1.5.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="IsMeshWide">Whether that is the root namespace.</param>
/// <param name="Labels">Labels it selects.</param>
/// <param name="Targets">What it attaches to; when there is any, labels do not count.</param>
internal sealed record Scope(
    string Namespace, bool IsMeshWide, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<PolicyTargetReference> Targets)
{
    private static readonly Dictionary<string, string> NoLabels = [];

    /// <summary>Reads the scope of a resource.</summary>
    public static Scope Of(PolicyResource resource, MeshSettings settings) => new(
        resource.Id.Namespace,
        resource.Id.Namespace == settings.RootNamespace,
        resource.Selector?.MatchLabels ?? NoLabels,
        resource switch
        {
            AuthorizationPolicy policy => References(policy.TargetRef, policy.TargetRefs),
            RequestAuthentication authentication => References(authentication.TargetRef, authentication.TargetRefs),
            _ => [],
        });

    /// <summary>Whether it certainly concerns every workload that another concerns.</summary>
    public bool Covers(Scope other) => Targets.Count == 0
        ? other.Targets.Count == 0
            && (IsMeshWide || Namespace == other.Namespace)
            && Labels.All(label => other.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
        : other.Targets.Count > 0 && Namespace == other.Namespace && other.Targets.All(Targets.Contains);

    /// <summary>Whether some workload may be concerned by both.</summary>
    public bool MayMeet(Scope other) =>
        (IsMeshWide || other.IsMeshWide || Namespace == other.Namespace)
        && (Targets.Count > 0 || other.Targets.Count > 0
            || Labels.All(label => !other.Labels.TryGetValue(label.Key, out var value) || value == label.Value));

    // The legacy single form only counts where the list is empty, §1.1.
    private static IReadOnlyList<PolicyTargetReference> References(PolicyTargetReference? legacy, IReadOnlyList<PolicyTargetReference> list) =>
        list.Count == 0 && legacy is not null ? [legacy] : list;
}
