using System.Diagnostics;
using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Validation;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>Judges changes of what is applied, before anything is written.</summary>
/// <param name="reader">Reads the texts.</param>
internal sealed class PolicyChanges(SourceReader reader)
{
    /// <summary>Most resources that may be applied.</summary>
    public const int MaxResources = 20_000;

    /// <summary>Plans a change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="applied">What is applied.</param>
    /// <param name="admitted">What became of all sources.</param>
    /// <param name="revision">The revision that it would get.</param>
    public ChangePlan Plan(PolicyChange change, IReadOnlyList<StoredResource> applied, AdmittedResources admitted, long revision)
    {
        if (change.ExpectedRevision is { } expected && expected != revision - 1)
        {
            return ChangePlan.Refuse(
                PolicyChangeError.RevisionMoved, $"revision {expected} was expected, {revision - 1} is the last");
        }

        return change switch
        {
            PolicyChange.Apply apply => Plan(apply, applied, admitted, revision),
            PolicyChange.Delete delete => Plan(delete, applied),
            _ => throw new UnreachableException(),
        };
    }

    private static ChangePlan Plan(PolicyChange.Delete delete, IReadOnlyList<StoredResource> applied)
    {
        var gone = delete.Ids.ToHashSet();
        var missing = gone.Except(applied.Select(resource => resource.Id)).ToList();
        return gone.Count == 0
            ? ChangePlan.Refuse(PolicyChangeError.Invalid, "nothing is named")
            : missing.Count > 0
                ? ChangePlan.Refuse(PolicyChangeError.NotFound, $"not applied: {string.Join(", ", missing.Select(id => Excerpt.Of(id.ToString())))}")
                : new ChangePlan.Ready([.. applied.Where(resource => !gone.Contains(resource.Id))], [.. gone], []);
    }

    private ChangePlan Plan(
        PolicyChange.Apply apply, IReadOnlyList<StoredResource> applied, AdmittedResources admitted, long revision)
    {
        var findings = new List<Finding>();
        var added = new Dictionary<ResourceId, StoredResource>();
        foreach (var (name, text) in apply.Texts)
        {
            var result = reader.Parse(name, text);
            findings.AddRange(result.AllFindings);
            foreach (var document in result.Documents.Where(document => document.Resource is not null))
            {
                var resource = document.Resource!; // just checked
                findings.AddRange(Judge(resource, added.ContainsKey(resource.Id), admitted)
                    .Select(finding => finding with { Location = finding.Location ?? document.Locate?.Invoke(finding.Field) }));
                added[resource.Id] = new(resource.Id, revision, SourceNames.Applied, text);
            }
        }

        StoredResource[] next = [.. applied.Where(resource => !added.ContainsKey(resource.Id)), .. added.Values];
        return findings.Exists(finding => finding.Severity == Severity.Error)
            ? new ChangePlan.Refused(new(PolicyChangeError.Invalid, "nothing was applied", findings))
            : added.Count == 0
                ? new ChangePlan.Refused(new(PolicyChangeError.Invalid, "there is no policy in it", findings))
                : next.Length > MaxResources
                    ? ChangePlan.Refuse(PolicyChangeError.TooMany, $"more than {MaxResources} resources would be applied")
                    : new ChangePlan.Ready(next, [.. added.Keys], findings);
    }

    private static IEnumerable<Finding> Judge(PolicyResource resource, bool isRepeated, AdmittedResources admitted)
    {
        var found = ResourceValidator.Validate(resource);
        if (isRepeated)
        {
            return found.Append(new(Severity.Error, AdmissionCodes.ResourceDuplicate, resource.Id, "", "it stands more than once in what is applied"));
        }

        return admitted.Find(resource.Id)?.Sources.FirstOrDefault(source => source != SourceNames.Applied) is { } other
            ? found.Append(new(
                Severity.Error,
                SourceCodes.ResourceElsewhere,
                resource.Id,
                "",
                $"it stands in {Excerpt.Of(other)} already",
                "change it there, or remove it there first"))
            : found;
    }
}

/// <summary>A change that was judged.</summary>
internal abstract record ChangePlan
{
    private ChangePlan()
    {
    }

    /// <summary>A refusal without findings.</summary>
    public static ChangePlan Refuse(PolicyChangeError error, string detail) => new Refused(new(error, detail, []));

    /// <summary>It can be written.</summary>
    /// <param name="Applied">What is applied then.</param>
    /// <param name="Ids">What it concerns.</param>
    /// <param name="Findings">What is to say about it.</param>
    internal sealed record Ready(
        IReadOnlyList<StoredResource> Applied, IReadOnlyList<ResourceId> Ids, IReadOnlyList<Finding> Findings) : ChangePlan;

    /// <summary>It cannot.</summary>
    /// <param name="Outcome">Why.</param>
    internal sealed record Refused(PolicyChangeOutcome.Refused Outcome) : ChangePlan;
}
