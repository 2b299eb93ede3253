using AuthzEngine.Diagnostics;

namespace AuthzEngine.Admission;

/// <summary>
/// The documents of which nobody knows which resource they are. Each may be the new version of a resource that its source
/// held before, so nothing of that source is removed; more of them than resources are missing must be new, and are quarantined.
/// </summary>
/// <param name="documents">The documents.</param>
internal sealed class UnidentifiedDocuments(IReadOnlyList<PlacedDocument> documents)
{
    private readonly ILookup<string, PlacedDocument> _bySource = documents.ToLookup(document => document.Source, StringComparer.Ordinal);
    private readonly Dictionary<string, int> _missing = new(StringComparer.Ordinal);

    /// <summary>Keeps the missing resources that a document may stand for.</summary>
    /// <param name="missing">What was there before, and is in no source now.</param>
    /// <returns>Those that stay.</returns>
    public IReadOnlyList<AdmittedResource> Keep(IEnumerable<AdmittedResource> missing)
    {
        var kept = new List<AdmittedResource>();
        foreach (var resource in documents.Count == 0 ? [] : missing)
        {
            if (resource.Id is not null && resource.Sources.FirstOrDefault(_bySource.Contains) is { } source)
            {
                _missing[source] = _missing.GetValueOrDefault(source) + 1;
                kept.Add(Keep(resource, source));
            }
        }

        return kept;
    }

    /// <summary>Judges the documents, after it is known which resources are missing.</summary>
    public IEnumerable<AdmittedResource> Judge(ResourceJudge judge) =>
        from document in documents
        let findings = (IReadOnlyList<Finding>)
        [
            .. document.Validate(),
            document.Error(
                AdmissionCodes.DocumentUnidentified,
                "kind, namespace or name cannot be read: until then no resource of the same source is removed"),
        ]
        select _bySource[document.Source].Count() <= _missing.GetValueOrDefault(document.Source)
            ? new(null, AdmissionStatus.Unidentified, [document.Source]) { Findings = findings }
            : judge.Quarantine(null, [document], [findings]);

    private static AdmittedResource Keep(AdmittedResource resource, string source) => resource with
    {
        Status = resource.LastGood is null ? resource.Status : AdmissionStatus.KeptLastGood,
        Document = null,
        Findings =
        [
            new(
                Severity.Error,
                AdmissionCodes.ResourceMissing,
                resource.Id,
                "",
                $"it is gone from {Excerpt.Of(source)}, but a document there cannot be identified and may be it"),
        ],
    };
}
