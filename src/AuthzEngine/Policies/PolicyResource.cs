namespace AuthzEngine.Policies;

/// <summary>One resource as its author wrote it. Nothing here is validated yet: Validation does that.</summary>
public abstract record PolicyResource
{
    /// <summary>The label that names the revision of the control plane that reads a resource; without it all do.</summary>
    public const string RevisionLabel = "istio.io/rev";

    /// <summary>Kind, namespace and name.</summary>
    public required ResourceId Id { get; init; }

    /// <summary>When the cluster stored it; null outside a cluster. It orders policies, authorization-policy §1.5.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>metadata.labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = EmptyMap;

    /// <summary>metadata.annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = EmptyMap;

    /// <summary>spec.selector; null when absent, which is not the same as one without labels for validation.</summary>
    public WorkloadSelector? Selector { get; init; }

    /// <summary>What it attaches to instead of selecting labels, authorization-policy §1.1: the single form counts where there is no list.</summary>
    /// <returns>The references; none for a resource that goes by its selector.</returns>
    public virtual IReadOnlyList<PolicyTargetReference> TargetReferences() => [];

    private protected static readonly IReadOnlyDictionary<string, string> EmptyMap = new Dictionary<string, string>();
}

/// <summary>spec.selector: every pair must be on the workload, exactly.</summary>
/// <param name="MatchLabels">The pairs; none selects every workload in scope.</param>
public sealed record WorkloadSelector(IReadOnlyDictionary<string, string> MatchLabels);

/// <summary>What a policy attaches to instead of selecting labels: a Gateway, Service, ServiceEntry or GatewayClass.</summary>
/// <param name="Group">API group; empty for core.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Name">Name.</param>
/// <param name="Namespace">Namespace; only the empty one validates, authorization-policy §6.2.</param>
public sealed record PolicyTargetReference(string Group, string Kind, string Name, string Namespace);
