using AuthzEngine.Policies;
using MeshCA.Auditing;
using MeshCA.Registers;

namespace MeshCA.Policies;

/// <summary>What must survive a restart: what was applied, and the last good version of everything.</summary>
internal sealed record StoredPolicies : IRevisioned
{
    /// <summary>Of a new store.</summary>
    public static StoredPolicies None { get; } = new();

    /// <summary>The last revision that was given out.</summary>
    public long Revision { get; init; }

    /// <summary>Whether there ever was a complete revision, so that <see cref="LastGood"/> means something.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The resources that administrators applied.</summary>
    public IReadOnlyList<StoredResource> Applied { get; init; } = [];

    /// <summary>The last valid version of each resource, wherever it stood.</summary>
    public IReadOnlyList<StoredResource> LastGood { get; init; } = [];

    /// <summary>Files that hold what is quarantined, as they were last read: what they deny must not open because they cannot be read.</summary>
    public IReadOnlyList<StoredFile> Quarantined { get; init; } = [];

    /// <summary>The last valid mesh settings; null where there were none.</summary>
    public SourceText? Mesh { get; init; }

    /// <summary>The last valid inventory; null where there was none.</summary>
    public SourceText? Inventory { get; init; }

    /// <summary>SHA-256, in hexadecimal, over what else gives the texts their meaning: settings and program; null where an older version kept them.</summary>
    public string? Meaning { get; init; }

    /// <summary>All texts, each once.</summary>
    public IEnumerable<SourceText> Texts =>
        Applied.Concat(LastGood).Select(resource => resource.Text).Concat(Quarantined.Select(file => file.Text)).Append(Mesh).Append(Inventory).OfType<SourceText>().Distinct();

    /// <summary>Whether it means the same as another, whichever revisions brought it.</summary>
    public bool HoldsTheSameAs(StoredPolicies other) =>
        (IsComplete, Mesh, Inventory, Meaning) == (other.IsComplete, other.Mesh, other.Inventory, other.Meaning)
        && Meaning is not null
        && Contents(Applied).SetEquals(Contents(other.Applied))
        && Contents(LastGood).SetEquals(Contents(other.LastGood))
        && Quarantined.Select(file => (file.Source, file.Text)).ToHashSet().SetEquals(other.Quarantined.Select(file => (file.Source, file.Text)));

    private static HashSet<(ResourceId, string, SourceText)> Contents(IEnumerable<StoredResource> resources) =>
        [.. resources.Select(resource => (resource.Id, resource.Source, resource.Text))];
}

/// <summary>A version of a resource in the text that it was read from.</summary>
/// <param name="Id">The resource.</param>
/// <param name="Revision">The revision that brought it.</param>
/// <param name="Source">Where it stood.</param>
/// <param name="Text">The text; may hold others too.</param>
internal sealed record StoredResource(ResourceId Id, long Revision, string Source, SourceText Text);

/// <summary>A file as it was last read.</summary>
/// <param name="Source">Its name as a source.</param>
/// <param name="Revision">The revision that brought it.</param>
/// <param name="Text">Its text.</param>
internal sealed record StoredFile(string Source, long Revision, SourceText Text);

/// <summary>Keeps policies durably.</summary>
internal interface IPolicyStore
{
    /// <summary>Reads what is kept.</summary>
    /// <exception cref="MeshCA.Authorities.KeySealException">Something else changed it, or the key-encryption key is another.</exception>
    /// <exception cref="MeshCA.Issuance.JournalUnavailableException">The store cannot be read.</exception>
    Task<StoredPolicies> LoadPoliciesAsync(CancellationToken cancellationToken);

    /// <summary>Puts the next state in the place of the previous: all of it or nothing; the task completes when it is durable.</summary>
    /// <param name="previous">What is kept now.</param>
    /// <param name="next">What is to be kept.</param>
    /// <param name="records">Who did it or which files, written with it.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="MeshCA.Issuance.JournalUnavailableException">Nothing was written.</exception>
    Task SavePoliciesAsync(StoredPolicies previous, StoredPolicies next, IReadOnlyList<AuditEvent> records, CancellationToken cancellationToken);
}
