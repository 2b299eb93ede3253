using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using MeshCA.Configuration;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>The mesh's settings and the inventory: one file each, of which the last valid version counts. One caller at a time.</summary>
internal sealed class MeshFiles
{
    private static readonly YamlLimits Limits = new();
    private static readonly Inventory Nothing = new([], [], []);

    private readonly PolicyOptions _options;
    private readonly SourceReader _reader;
    private readonly MeshSettings? _defaults;
    private Version<MeshSettings>? _mesh;
    private Version<Inventory>? _inventory;
    private string _inventoryTrustDomain = "";

    /// <summary>Takes up what an earlier run left.</summary>
    /// <param name="options">Where the files are.</param>
    /// <param name="trustDomain">The trust domain where no settings name one.</param>
    /// <param name="stored">What was kept.</param>
    /// <param name="reader">Makes readings.</param>
    public MeshFiles(PolicyOptions options, string trustDomain, StoredPolicies stored, SourceReader reader)
    {
        _options = options;
        _reader = reader;
        _defaults = options.MeshFile.Length == 0 ? new MeshSettings { TrustDomain = trustDomain } : null;
        if (options.MeshFile.Length > 0 && stored.Mesh is { } mesh)
        {
            TakeMesh(mesh);
        }

        if (options.InventoryFile.Length > 0 && stored.Inventory is { } inventory && Mesh is { TrustDomain: var domain })
        {
            TakeInventory(inventory, domain);
        }
    }

    /// <summary>The settings in force; null before the first valid ones.</summary>
    public MeshSettings? Mesh => _mesh?.Value ?? _defaults;

    /// <summary>The inventory in force; null before the first valid one.</summary>
    public Inventory? Inventory => _inventory?.Value ?? (_options.InventoryFile.Length == 0 ? Nothing : null);

    /// <summary>The text of <see cref="Mesh"/>; null where there is no file.</summary>
    public SourceText? MeshText => _mesh?.Text;

    /// <summary>The text of <see cref="Inventory"/>; null where there is no file.</summary>
    public SourceText? InventoryText => _inventory?.Text;

    /// <summary>Reads what is configured.</summary>
    /// <param name="look">What the files hold.</param>
    /// <returns>How that went, as sources without documents.</returns>
    public IEnumerable<SourceReading> Read(FileLook look)
    {
        var readings = new List<SourceReading>(2);
        if (look.Mesh is { } mesh)
        {
            readings.Add(Read(SourceNames.Mesh, mesh, TakeMesh));
        }

        if (look.Inventory is { } inventory)
        {
            // Identities are made of the trust domain, so without settings there is no way to read it.
            readings.Add(Mesh is { TrustDomain: var trustDomain }
                ? Read(SourceNames.Inventory, inventory, text => TakeInventory(text, trustDomain))
                : _reader.Fail(SourceNames.Inventory, "it cannot be read before the mesh's settings"));
        }

        return readings;
    }

    private SourceReading Read(string source, FileReading reading, Func<SourceText, SourceReading> take) => reading switch
    {
        FileReading.Read({ IsBlank: true }) => _reader.Fail(source, "it is empty; a comment in it says that this is meant"),
        FileReading.Read(var text) => take(text),
        FileReading.Failed(var reason) => _reader.Fail(source, reason),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private SourceReading TakeMesh(SourceText text)
    {
        if (_mesh is null || !_mesh.Text.Equals(text))
        {
            var result = MeshSettingsReader.Read(SourceNames.Mesh, text.Utf8, Limits);
            if (result.Value is not { } settings)
            {
                return _reader.Fail(SourceNames.Mesh, FirstError(result.Findings));
            }

            _mesh = new(settings, text, result.Findings);
        }

        return _reader.Note(SourceNames.Mesh, _mesh.Findings);
    }

    private SourceReading TakeInventory(SourceText text, string trustDomain)
    {
        if (_inventory is null || !_inventory.Text.Equals(text) || _inventoryTrustDomain != trustDomain)
        {
            var result = InventoryReader.Read(SourceNames.Inventory, text.Utf8, trustDomain, Limits);
            if (result.Value is not { } inventory)
            {
                return _reader.Fail(SourceNames.Inventory, FirstError(result.Findings));
            }

            (_inventory, _inventoryTrustDomain) = (new(inventory, text, result.Findings), trustDomain);
        }

        return _reader.Note(SourceNames.Inventory, _inventory.Findings);
    }

    private static string FirstError(IReadOnlyList<Finding> findings)
    {
        var error = findings.First(finding => finding.Severity == Severity.Error);
        return error.Location is { } place ? $"{place}: {error.Message}" : error.Message;
    }

    private sealed record Version<T>(T Value, SourceText Text, IReadOnlyList<Finding> Findings);
}
