using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>One document of a source as its reader understood it: as much of it as could be read.</summary>
public sealed record SourceDocument
{
    /// <summary>Kind, namespace and name; null when one of them could not be read.</summary>
    public ResourceId? Id { get; init; }

    /// <summary>The resource; null when it could not be read. Has the same id.</summary>
    public PolicyResource? Resource { get; init; }

    /// <summary>The namespace; null when it could not be read.</summary>
    public string? Namespace { get; init; }

    /// <summary>The label <see cref="PolicyResource.RevisionLabel"/>; null when absent or when it could not be read.</summary>
    public string? Revision { get; init; }

    /// <summary>spec.selector; null when absent or when it could not be read.</summary>
    public WorkloadSelector? Selector { get; init; }

    /// <summary>spec.targetRefs, or spec.targetRef; none when absent or when they could not be read.</summary>
    public IReadOnlyList<PolicyTargetReference> TargetReferences { get; init; } = [];

    /// <summary>What its reader found; validation adds its own.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Says where a field stands; null: nobody knows.</summary>
    public Func<string, SourceLocation?>? Locate { get; init; }
}
