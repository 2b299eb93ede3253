using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>What a text holds.</summary>
/// <param name="Documents">Its policies, those that are refused included, in order.</param>
/// <param name="Findings">What is to say about the text and about documents that are no policies.</param>
public sealed record ReadResult(IReadOnlyList<PolicyDocument> Documents, IReadOnlyList<Finding> Findings)
{
    /// <summary>
    /// Whether all of it was read. If not, it may hold policies of which nothing is known, and what was known of this source
    /// must stay in force.
    /// </summary>
    public bool IsComplete => Findings.All(finding => finding.Severity != Severity.Error);

    /// <summary>All that is to say, documents included.</summary>
    public IEnumerable<Finding> AllFindings => Findings.Concat(Documents.SelectMany(document => document.Findings));
}

/// <summary>One policy of a text: the resource, or why it is refused and whom it would have concerned.</summary>
public sealed record PolicyDocument
{
    /// <summary>Which resource it is; null where kind, namespace or name cannot be read.</summary>
    public ResourceId? Id { get; init; }

    /// <summary>The resource as written, not yet validated; null when it is refused.</summary>
    public PolicyResource? Resource { get; init; }

    /// <summary>spec.selector; null when absent or unreadable, so that whoever is refused for it is all of the namespace.</summary>
    public WorkloadSelector? Selector { get; init; }

    /// <summary>metadata.namespace, or the default; null when it cannot be read: the policy may be for any.</summary>
    public string? Namespace { get; init; }

    /// <summary>What is to say; with an error exactly when <see cref="Resource"/> is null.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Where its fields stand.</summary>
    public required FieldLocations FieldLocations { get; init; }
}
