namespace AuthzEngine.Policies;

/// <summary>An AuthorizationPolicy as written, authorization-policy §1.2.</summary>
public sealed record AuthorizationPolicy : PolicyResource
{
    /// <summary>The annotation that turns a policy into a dry run.</summary>
    public const string DryRunAnnotation = "istio.io/dry-run";

    /// <summary>spec.targetRef, the legacy single form.</summary>
    public PolicyTargetReference? TargetRef { get; init; }

    /// <summary>spec.targetRefs.</summary>
    public IReadOnlyList<PolicyTargetReference> TargetRefs { get; init; } = [];

    /// <summary>spec.action; ALLOW when absent.</summary>
    public PolicyAction Action { get; init; }

    /// <summary>spec.provider; null when absent.</summary>
    public ProviderReference? Provider { get; init; }

    /// <summary>spec.rules; an element is null where the author wrote null.</summary>
    public IReadOnlyList<Rule?> Rules { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<PolicyTargetReference> TargetReferences() =>
        TargetRefs.Count == 0 && TargetRef is not null ? [TargetRef] : TargetRefs;
}

/// <summary>What a matching rule does; the numbers are those of the wire.</summary>
public enum PolicyAction
{
    /// <summary>Permits what matches, and nothing else of the workload.</summary>
    Allow = 0,

    /// <summary>Refuses what matches, whatever ALLOW says.</summary>
    Deny = 1,

    /// <summary>Marks what matches; never decides.</summary>
    Audit = 2,

    /// <summary>Asks an extension provider about what matches.</summary>
    Custom = 3,
}

/// <summary>spec.provider of a CUSTOM policy.</summary>
/// <param name="Name">Name of an entry of the mesh's extension providers.</param>
public sealed record ProviderReference(string Name);
