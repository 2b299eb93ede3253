using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>Judges the documents of one resource.</summary>
/// <param name="revision">The number of the reading.</param>
/// <param name="settings">Settings.</param>
internal sealed class ResourceJudge(long revision, AdmissionSettings settings)
{
    public AdmittedResource Judge(ResourceId id, IReadOnlyList<PlacedDocument> documents, AdmittedResource? previous)
    {
        if (documents.Count > 1)
        {
            var places = string.Join(", ", SourcesOf(documents).Select(Excerpt.Of));
            return Reject(id, documents, [.. documents.Select(document => FindDuplicate(document, places))], previous);
        }

        var document = documents[0];
        return IsUnchanged(document, previous) ? previous! : Judge(id, document, previous); // unchanged since there was a previous
    }

    /// <summary>Says of the documents of one resource that they are for another revision of the control plane.</summary>
    public AdmittedResource PassOver(IEnumerable<PlacedDocument> documents)
    {
        var others = documents.ToList();
        return new(others[0].Id, AdmissionStatus.OtherRevision, SourcesOf(others))
        {
            Findings = [.. others.Select(document => document.Passed(settings.Mesh.Revision))],
        };
    }

    /// <summary>Holds back what a document may have meant.</summary>
    public AdmittedResource Quarantine(
        ResourceId? id, IReadOnlyList<PlacedDocument> documents, IReadOnlyList<IReadOnlyList<Finding>> findings) =>
        new(id, AdmissionStatus.Quarantined, SourcesOf(documents))
        {
            Quarantined = [.. documents.Zip(findings, (document, found) => document.Quarantine(found, settings.Mesh.RootNamespace))],
            Findings = [.. findings.SelectMany(found => found)],
        };

    private static bool IsUnchanged(PlacedDocument document, AdmittedResource? previous) =>
        previous is { Status: AdmissionStatus.Accepted or AdmissionStatus.AcceptedWithWarnings }
        && ReferenceEquals(previous.Document, document.Document)
        && previous.Sources[0] == document.Source;

    private static List<Finding> FindDuplicate(PlacedDocument document, string places) =>
    [
        .. document.Validate(),
        document.Error(
            AdmissionCodes.ResourceDuplicate,
            $"{Excerpt.Of(document.Id!.ToString())} stands more than once, in {places}: none of them is in force", // grouped by it
            "keep one of them"),
    ];

    private static IReadOnlyList<string> SourcesOf(IReadOnlyList<PlacedDocument> documents) =>
        [.. documents.Select(document => document.Source).Distinct(StringComparer.Ordinal)];

    private AdmittedResource Judge(ResourceId id, PlacedDocument document, AdmittedResource? previous)
    {
        var findings = document.Validate();
        var isValid = findings.All(finding => finding.Severity != Severity.Error);
        if (document.Document.Resource is not { } resource || (!isValid && (previous?.LastGood is not null || !settings.AllowInvalid)))
        {
            return Reject(id, [document], [findings], previous);
        }

        var status = !isValid
            ? AdmissionStatus.AllowedInvalid
            : findings.Any(finding => finding.Severity == Severity.Warning)
                ? AdmissionStatus.AcceptedWithWarnings
                : AdmissionStatus.Accepted;
        return new(id, status, [document.Source])
        {
            InForce = new(resource, revision, document.Source),
            Findings = findings,
            Document = document.Document,
        };
    }

    private AdmittedResource Reject(
        ResourceId id,
        IReadOnlyList<PlacedDocument> documents,
        IReadOnlyList<IReadOnlyList<Finding>> findings,
        AdmittedResource? previous) =>
        previous?.LastGood is { } lastGood
            ? new(id, AdmissionStatus.KeptLastGood, SourcesOf(documents))
            {
                InForce = lastGood,
                Findings = [.. findings.SelectMany(found => found)],
            }
            : Quarantine(id, documents, findings);
}
