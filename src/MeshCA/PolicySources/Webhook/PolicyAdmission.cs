using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using AuthzEngine.Validation;
using KubernetesClient.Models;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;

namespace MeshCA.PolicySources.Webhook;

/// <summary>Judges a policy before it is stored: what is invalid is refused, what will not have been meant is said. It changes nothing.</summary>
internal static class PolicyAdmission
{
    // What a comparison costs grows with their number, and the API server waits for a few seconds.
    private const int MaxNeighbours = 300;

    private static readonly YamlLimits Limits = new();

    /// <summary>Judges it.</summary>
    /// <param name="request">The question; untrusted.</param>
    /// <param name="snapshot">What is in force; null while nothing is, and then nothing is said about others.</param>
    /// <param name="now">The time.</param>
    public static AdmissionAnswer Judge(AdmissionRequest request, PolicySnapshot? snapshot, DateTimeOffset now)
    {
        if (request.Operation is not ("CREATE" or "UPDATE") || request.Subresource.Length > 0 || IdOf(request) is not { } id)
        {
            return AdmissionAnswer.Allowed;
        }

        var metadata = request.Metadata with { CreationTimestamp = request.Metadata.CreationTimestamp ?? now };
        if (snapshot is not null && IsOfOtherRevision(metadata, snapshot.Mesh))
        {
            return AdmissionAnswer.Allowed; // another control plane reads it, and may know more
        }

        var document = WatchedDocument.Of(PolicyReader.Read("", WatchedText.Of(id, metadata, request.Spec).Utf8, Limits), id);
        Finding[] findings = [.. document.Findings, .. document.Resource is { } read ? ResourceValidator.Validate(read) : [], .. FindElsewhere(id, snapshot)];
        Finding[] errors = [.. findings.Where(finding => finding.Severity == Severity.Error)];
        if (errors.Length > 0 || document.Resource is not { } resource)
        {
            return new(errors, WarningTexts.Of([.. findings.Where(IsWarning)], id));
        }

        return new([], WarningTexts.Of([.. findings.Where(IsWarning), .. snapshot is null ? [] : Analyze(resource, snapshot)], id));
    }

    private static ResourceId? IdOf(AdmissionRequest request) =>
        request.Group == "security.istio.io" && Enum.TryParse<ResourceKind>(request.Kind, out var kind) && kind.ToString() == request.Kind
            ? new(kind, request.Namespace, request.Name.Length > 0 ? request.Name : request.Metadata.GenerateName + "x")
            : null;

    private static bool IsOfOtherRevision(V1ObjectMeta metadata, MeshSettings mesh) =>
        mesh.Revision.Length > 0 && metadata.Labels?.TryGetValue(PolicyResource.RevisionLabel, out var revision) == true && revision != mesh.Revision;

    private static bool IsWarning(Finding finding) => finding.Severity == Severity.Warning;

    // Of what stands twice nothing new comes into force.
    private static IEnumerable<Finding> FindElsewhere(ResourceId id, PolicySnapshot? snapshot) =>
        snapshot?.Resources.Find(id)?.Sources.FirstOrDefault(source => !SourceNames.IsWatched(source)) is { } other
            ? [new(
                Severity.Error,
                SourceCodes.ResourceElsewhere,
                id,
                "metadata.name",
                $"it stands in {Excerpt.Of(other)} of the policy service already",
                "change it there, or remove it there first")]
            : [];

    // What is new in what can be said of all: of the policy itself, and of those on which it tells.
    private static IReadOnlyList<Finding> Analyze(PolicyResource resource, PolicySnapshot snapshot)
    {
        var neighbours = NeighboursOf(resource, snapshot);
        var before = Analyze(neighbours, snapshot).Select(Said).ToHashSet();
        var after = Analyze([.. neighbours.Where(other => other.Id != resource.Id), resource], snapshot);
        return
        [
            .. after.Where(finding => finding.Resource == resource.Id && IsWarning(finding) && IsKnowable(finding, resource)),
            .. after.Where(finding => finding.Resource != resource.Id && IsWarning(finding) && !before.Contains(Said(finding))),
        ];
    }

    private static IReadOnlyList<Finding> Analyze(IReadOnlyList<PolicyResource> resources, PolicySnapshot snapshot) =>
        PolicyAnalysis.Analyze(new(resources) { Settings = snapshot.Mesh, Inventory = snapshot.Inventory });

    private static (ResourceId?, string, string, string) Said(Finding finding) => (finding.Resource, finding.Code, finding.Field, finding.Message);

    // Those of its own namespace first, then those of the whole mesh; one of the whole mesh may tell on all.
    private static List<PolicyResource> NeighboursOf(PolicyResource resource, PolicySnapshot snapshot)
    {
        var root = snapshot.Mesh.RootNamespace;
        return
        [
            .. snapshot.Resources.InForce.Resources
                .Where(other => resource.Id.Namespace == root || other.Id.Namespace == root || other.Id.Namespace == resource.Id.Namespace)
                .OrderByDescending(other => other.Id == resource.Id)
                .ThenByDescending(other => other.Id.Namespace == resource.Id.Namespace)
                .Take(MaxNeighbours),
        ];
    }

    // Which ServiceEntries there are is not known here.
    private static bool IsKnowable(Finding finding, PolicyResource resource) =>
        finding.Code is not (LintCodes.TargetNotFound or LintCodes.TargetNeedsWaypoint)
        || resource.TargetReferences().All(target => target.Kind != "ServiceEntry");
}
