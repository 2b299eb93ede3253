using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Validation;

namespace AuthzEngine.Admission;

/// <summary>A document and the source that holds it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Source">The source's name.</param>
internal sealed record PlacedDocument(SourceDocument Document, string Source)
{
    public ResourceId? Id => Document.Resource?.Id ?? Document.Id;

    /// <summary>Whether it is for a revision of the control plane, authorization-policy §1.5; one that says nothing is for all.</summary>
    public bool IsRead(string revision) =>
        revision.Length == 0 || Id is null || Document.Revision is null || Document.Revision == revision;

    /// <summary>Says that it is for another revision.</summary>
    public Finding Passed(string revision) => new(
        Severity.Info,
        AdmissionCodes.OtherRevision,
        Id,
        "metadata.labels",
        $"`{PolicyResource.RevisionLabel}` is {Excerpt.Of(Document.Revision ?? "")}, and {Excerpt.Of(revision)} is read here: it is ignored")
    {
        Location = Locate("metadata.labels"),
    };

    /// <summary>What its reader and validation find, with places.</summary>
    public IReadOnlyList<Finding> Validate()
    {
        IEnumerable<Finding> findings = Document.Findings;
        if (Document.Resource is { } resource)
        {
            findings = findings.Concat(ResourceValidator.Validate(resource));
        }

        return [.. findings.Select(finding => finding.Location is null ? finding with { Location = Locate(finding.Field) } : finding)];
    }

    /// <summary>Makes an error about the document as a whole.</summary>
    public Finding Error(string code, string message, string? suggestion = null) =>
        new(Severity.Error, code, Id, "", message, suggestion) { Location = Locate("") };

    /// <summary>What must be denied while nobody knows what its author meant.</summary>
    /// <remarks>
    /// A namespace, selector or target that has an error of its own names nobody, so it counts as unreadable: without selector
    /// and target all of the namespace, without namespace all namespaces.
    /// </remarks>
    public QuarantinedResource Quarantine(IReadOnlyList<Finding> findings, string rootNamespace)
    {
        var place = HasError(findings, "metadata.namespace") ? null : Id?.Namespace ?? Document.Namespace;
        var isClear = !findings.Any(IsAmbiguousTarget);
        var isTargetSound = isClear && place is not null && !HasError(findings, "spec.targetRef"); // of targetRefs too
        return new(Id, place ?? rootNamespace, isClear && !HasError(findings, "spec.selector") ? Document.Selector : null)
        {
            TargetReferences = isTargetSound ? Document.TargetReferences : [],
        };
    }

    private static bool IsAmbiguousTarget(Finding finding) => finding.Code == ValidationCodes.TargetAmbiguous;

    private static bool HasError(IReadOnlyList<Finding> findings, string field) => findings.Any(
        finding => finding.Severity == Severity.Error && finding.Field.StartsWith(field, StringComparison.Ordinal));

    private SourceLocation? Locate(string field) => Document.Locate?.Invoke(field);
}
