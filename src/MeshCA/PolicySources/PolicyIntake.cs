using System.Text;
using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;
using MeshCA.Telemetry;

namespace MeshCA.PolicySources;

/// <summary>The sources as one run reads them, and the state that the next reading starts from. One caller at a time.</summary>
internal sealed class PolicyIntake
{
    private readonly PolicyOptions _options;
    private readonly SourceReader _reader = new();
    private readonly string _meaning;
    private readonly FileLooks _looks;
    private readonly MeshFiles _mesh;
    private readonly PolicyFiles _files;
    private readonly AppliedSource _applied;
    private readonly WatchedSource? _watched;
    private IReadOnlyList<SourceReading> _fileReadings = [];
    private IReadOnlyList<SourceReading> _watchedReadings = [];
    private (Inventory Files, Inventory Watched, Inventory Both)? _joined;
    private IReadOnlyList<SourceReading>? _admittedReadings;
    private (MeshSettings?, Inventory?) _admittedMesh;

    /// <summary>Takes up what an earlier run left.</summary>
    /// <param name="options">Where files are.</param>
    /// <param name="trustDomain">The trust domain where no mesh settings name one.</param>
    /// <param name="stored">What was kept.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cluster">The cluster whose policies count too; null: none.</param>
    public PolicyIntake(
        PolicyOptions options, string trustDomain, StoredPolicies stored, TimeProvider clock, IWatchedCluster? cluster = null)
    {
        _options = options;
        _meaning = new SourceText(Encoding.UTF8.GetBytes($"{OtlpExport.Version}\n{trustDomain}\n{options.AllowInvalid}")).Hash;
        _looks = new FileLooks(options, stored, clock);
        _mesh = new MeshFiles(options, trustDomain, stored, _reader);
        _files = new PolicyFiles(stored, _reader);
        _applied = new AppliedSource(_reader);
        _watched = cluster is null ? null : new WatchedSource(cluster, stored, _reader);
        Changes = new PolicyChanges(_reader);
        Stored = stored;
        Admitted = stored.IsComplete ? Restore(stored) : AdmittedResources.None;
    }

    /// <summary>What is kept.</summary>
    public StoredPolicies Stored { get; private set; }

    /// <summary>What became of the last reading.</summary>
    public AdmittedResources Admitted { get; private set; }

    /// <summary>Judges changes.</summary>
    public PolicyChanges Changes { get; }

    /// <summary>Whether another look at the files after the quiet time may find more.</summary>
    public bool WantsLook => _looks.WantsLook;

    /// <summary>Reads all files.</summary>
    /// <returns>False while one is being written: then all count as they were.</returns>
    public bool TryReadFiles()
    {
        if (_looks.Look() is not { } look)
        {
            return false;
        }

        // The settings first: identities in the inventory are made of their trust domain.
        _fileReadings = [.. _mesh.Read(look), .. _files.Read(look.Directory)];
        _reader.Keep(_fileReadings.Concat(_watchedReadings));
        return true;
    }

    /// <summary>Reads what the cluster has now; nothing where none is watched.</summary>
    public void ReadCluster()
    {
        if (_watched is not null)
        {
            _watchedReadings = [.. _watched.Read()];
            _reader.Keep(_fileReadings.Concat(_watchedReadings));
        }
    }

    /// <summary>Plans the next revision from what was read last.</summary>
    /// <param name="applied">What is applied then.</param>
    /// <returns>The step; null where nothing is new.</returns>
    public PolicyStep? Plan(IReadOnlyList<StoredResource> applied)
    {
        SourceReading[] readings = [.. _fileReadings, .. _watchedReadings, _applied.Read(applied)];
        if (_admittedReadings is { } last && readings.SequenceEqual(last, ReferenceEqualityComparer.Instance)
            && _admittedMesh == (_mesh.Mesh, InventoryOf(Admitted)))
        {
            return null;
        }

        // What a restart finds as it was left goes on under its revision.
        return _admittedReadings is null && Step(readings, applied, Stored.Revision) is var same && IsAsKept(same)
            ? same with { Stored = Stored }
            : Step(readings, applied, Stored.Revision + 1);
    }

    /// <summary>Takes a step, once it is durable.</summary>
    /// <param name="step">The step that was planned last.</param>
    public void Take(PolicyStep step)
    {
        (Stored, Admitted) = (step.Stored, step.Admitted);
        (_admittedReadings, _admittedMesh) = (step.Readings, (step.Mesh, step.Inventory));
    }

    private PolicyStep Step(IReadOnlyList<SourceReading> readings, IReadOnlyList<StoredResource> applied, long revision)
    {
        var settings = new AdmissionSettings(_mesh.Mesh ?? new MeshSettings(), _options.AllowInvalid);
        var admitted = ResourceAdmission.Admit(Admitted, readings, revision, settings);
        var inventory = InventoryOf(admitted);
        var isComplete = admitted.IsComplete && _mesh.Mesh is not null && inventory is not null;
        return new PolicyStep(readings, admitted, Keep(admitted, applied, isComplete), _mesh.Mesh, inventory, isComplete)
        {
            Watched = _watched?.Policies ?? [],
        };
    }

    // Of the cluster all that policies look at; the same object while nothing of it is new.
    private Inventory? InventoryOf(AdmittedResources admitted)
    {
        if (_watched is null || _mesh.Inventory is not { } files || _mesh.Mesh is not { } mesh)
        {
            return _mesh.Inventory;
        }

        if (_watched.Inventory(mesh.TrustDomain, SelectorLabels.Of(admitted.InForce)) is not { } watched)
        {
            return null;
        }

        if (files.Workloads.Count + files.Namespaces.Count + files.Services.Count == 0)
        {
            return watched;
        }

        if (_joined is not { } joined || !ReferenceEquals(joined.Files, files) || !ReferenceEquals(joined.Watched, watched))
        {
            _joined = joined = (files, watched, WatchedInventory.Join(files, watched));
        }

        return joined.Both;
    }

    // Nothing but what is kept may be in force, or its change would go unseen: `AllowInvalid` puts what is not kept in force.
    private bool IsAsKept(PolicyStep step) =>
        step.IsComplete && step.Stored.HoldsTheSameAs(Stored)
        && step.Admitted.Resources.All(resource => resource.Status != AdmissionStatus.AllowedInvalid);

    // What is not complete is not in force, so the last good versions of an earlier run stay what they were.
    private StoredPolicies Keep(AdmittedResources admitted, IReadOnlyList<StoredResource> applied, bool isComplete) => new()
    {
        Revision = admitted.Revision,
        IsComplete = isComplete || Stored.IsComplete,
        Applied = applied,
        LastGood = isComplete
            ? [.. admitted.Resources.Select(resource => resource.LastGood).OfType<AdmittedVersion>().Select(Keep)]
            : Stored.LastGood,
        Quarantined = isComplete ? KeepQuarantined(admitted) : Stored.Quarantined,
        Mesh = _mesh.MeshText,
        Inventory = _mesh.InventoryText,
        Meaning = _meaning,
    };

    private StoredResource Keep(AdmittedVersion version) =>
        new(version.Resource.Id, version.Revision, version.Source, _reader.TextOf(version.Resource));

    // What was applied is kept as such; a file that cannot be read now is kept as it was.
    private List<StoredFile> KeepQuarantined(AdmittedResources admitted)
    {
        var earlier = Stored.Quarantined.ToDictionary(file => file.Source, StringComparer.Ordinal);
        var files = new List<StoredFile>();
        foreach (var source in admitted.Resources.Where(resource => resource.Quarantined.Count > 0)
            .SelectMany(resource => resource.Sources)
            .Distinct(StringComparer.Ordinal))
        {
            var before = earlier.GetValueOrDefault(source);
            if (_reader.TextOf(source) is { } text && !text.Equals(before?.Text))
            {
                files.Add(new(source, admitted.Revision, text));
            }
            else if (before is not null)
            {
                files.Add(before);
            }
        }

        return files;
    }

    // As if the files that hold what is quarantined had just been read, and no other source could be.
    private AdmittedResources Restore(StoredPolicies stored)
    {
        var restored = RestoreLastGood(stored);
        SourceReading[] files = [.. stored.Quarantined.Select(file => _reader.Parse(file.Source, file.Text).ToReading(file.Source))];
        var others = restored.Sources.Select(source => source.Name).Except(files.Select(file => file.Source), StringComparer.Ordinal);
        return files.Length == 0 ? restored : ResourceAdmission.Admit(
            restored,
            [.. files, .. others.Select(source => new SourceReading.Failed(source, []))],
            stored.Revision,
            new AdmissionSettings(_mesh.Mesh ?? new MeshSettings(), _options.AllowInvalid));
    }

    private AdmittedResources RestoreLastGood(StoredPolicies stored)
    {
        var versions = new List<AdmittedVersion>(stored.LastGood.Count);
        foreach (var text in stored.LastGood.GroupBy(resource => resource.Text))
        {
            var documents = _reader.Parse("the last good version", text.Key).Documents.ToLookup(document => document.Id);
            versions.AddRange(
                from resource in text
                let read = documents[resource.Id].FirstOrDefault()?.Resource
                where read is not null
                select new AdmittedVersion(read, resource.Revision, resource.Source));
        }

        return AdmittedResources.Restore(stored.Revision, versions);
    }
}

/// <summary>A planned revision.</summary>
/// <param name="Readings">What it was made of.</param>
/// <param name="Admitted">What is in force then.</param>
/// <param name="Stored">What must be durable before.</param>
/// <param name="Mesh">The mesh's settings; null: not known yet.</param>
/// <param name="Inventory">The inventory; null: not known yet.</param>
/// <param name="IsComplete">Whether decisions may be made from it.</param>
internal sealed record PolicyStep(
    IReadOnlyList<SourceReading> Readings,
    AdmittedResources Admitted,
    StoredPolicies Stored,
    MeshSettings? Mesh,
    Inventory? Inventory,
    bool IsComplete)
{
    /// <summary>The policies of the cluster as they were read.</summary>
    public IReadOnlyList<WatchedPolicy> Watched { get; init; } = [];
}
