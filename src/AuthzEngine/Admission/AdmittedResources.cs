using AuthzEngine.Policies;

namespace AuthzEngine.Admission;

/// <summary>What is in force, and what became of everything that was read. Immutable.</summary>
public sealed class AdmittedResources
{
    private readonly Dictionary<ResourceId, AdmittedResource> _byId;

    internal AdmittedResources(
        long revision, bool isComplete, IReadOnlyList<AdmittedSource> sources, IReadOnlyList<AdmittedResource> resources)
    {
        Revision = revision;
        IsComplete = isComplete;
        Sources = sources;
        Resources = resources;
        _byId = new Dictionary<ResourceId, AdmittedResource>(resources.Count);
        foreach (var resource in resources)
        {
            if (resource.Id is { } id)
            {
                _byId.Add(id, resource);
            }
        }

        InForce = new(
            [.. resources.Where(resource => resource.InForce is not null).Select(resource => resource.InForce!.Resource)], // just checked
            [.. resources.SelectMany(resource => resource.Quarantined)]);
    }

    /// <summary>Before anything was read.</summary>
    public static AdmittedResources None { get; } = new(0, isComplete: false, [], []);

    /// <summary>Number of the reading that this is.</summary>
    public long Revision { get; }

    /// <summary>
    /// Whether every source was read at least once, now or at an earlier reading. Until then nobody may decide: a policy
    /// that denies may be in a source that was not read.
    /// </summary>
    public bool IsComplete { get; }

    /// <summary>The sources, in the order of the reading.</summary>
    public IReadOnlyList<AdmittedSource> Sources { get; }

    /// <summary>What became of each resource, by kind, namespace and name; then of documents that could not be identified.</summary>
    public IReadOnlyList<AdmittedResource> Resources { get; }

    /// <summary>What decisions are made from.</summary>
    public ResourceSet InForce { get; }

    /// <summary>Takes up what an earlier run left, so that a restart forgets no last good version.</summary>
    /// <param name="revision">The revision that was in force.</param>
    /// <param name="versions">The valid versions that were in force, one of each id.</param>
    /// <returns>As if each source had been read and held just these.</returns>
    public static AdmittedResources Restore(long revision, IReadOnlyList<AdmittedVersion> versions)
    {
        AdmittedResource[] resources = [.. versions.Select(Restored)];
        Array.Sort(resources, ByIdentity);
        var sources = from resource in resources
                      group resource.Document! by resource.Sources[0] into source
                      select new AdmittedSource(source.Key, revision, IsFailed: false, []) { Documents = [.. source] };
        return new(revision, isComplete: true, [.. sources], resources);
    }

    /// <summary>Finds what became of a resource.</summary>
    /// <param name="id">The resource.</param>
    /// <returns>What became of it; null when no source has it.</returns>
    public AdmittedResource? Find(ResourceId id) => _byId.GetValueOrDefault(id);

    internal static int ByIdentity(AdmittedResource left, AdmittedResource right)
    {
        // The unidentified come last.
        if (left.Id is not { } one || right.Id is not { } other)
        {
            return (left.Id is null).CompareTo(right.Id is null);
        }

        var order = one.Kind.CompareTo(other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(one.Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(one.Name, other.Name);
    }

    private static AdmittedResource Restored(AdmittedVersion version) =>
        new(version.Resource.Id, AdmissionStatus.Accepted, [version.Source])
        {
            InForce = version,
            Document = new()
            {
                Id = version.Resource.Id,
                Resource = version.Resource,
                Namespace = version.Resource.Id.Namespace,
                Revision = version.Resource.Labels.GetValueOrDefault(PolicyResource.RevisionLabel),
                Selector = version.Resource.Selector,
                TargetReferences = version.Resource.TargetReferences(),
            },
        };
}
