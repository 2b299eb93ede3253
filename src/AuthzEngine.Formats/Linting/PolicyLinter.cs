using AuthzEngine.Admission;
using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Linting;

/// <summary>Says all that there is to say about texts: what cannot be read, what is invalid, and what will not have been meant.</summary>
public static class PolicyLinter
{
    /// <summary>Lints texts.</summary>
    /// <param name="sources">The texts; untrusted.</param>
    /// <param name="limits">How much is read of each.</param>
    /// <returns>Findings by text in the order given, then by line.</returns>
    public static IReadOnlyList<Finding> Lint(LintSources sources, YamlLimits limits)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var mesh = sources.Mesh is { } file ? MeshSettingsReader.Read(file.Name, file.Utf8, limits) : null;
        var settings = mesh?.Value ?? new MeshSettings();
        var inventory = sources.Inventory is { } list ? InventoryReader.Read(list.Name, list.Utf8, settings.TrustDomain, limits) : null;
        var reads = sources.Policies.Select(text => new NamedRead(text.Name, PolicyReader.Read(text.Name, text.Utf8, limits))).ToList();

        // Every document counts, also those beside one that cannot be read: nothing is put in force here.
        var admitted = ResourceAdmission.Admit(
            AdmittedResources.None,
            [.. reads.Select(read => new SourceReading.Complete(read.Name, read.Result.Documents, read.Result.Findings))],
            revision: 1,
            new(settings));
        var analyzed = PolicyAnalysis.Analyze(
            new(admitted.InForce.Resources) { Settings = mesh?.Value, Inventory = inventory?.Value });

        IEnumerable<Finding> findings =
        [
            .. mesh?.Findings ?? [],
            .. inventory?.Findings ?? [],
            .. admitted.Sources.SelectMany(source => source.Findings),
            .. admitted.Resources.SelectMany(resource => resource.Findings),
            .. Locate(analyzed, reads),
        ];
        return InOrder(findings, [sources.Mesh?.Name, sources.Inventory?.Name, .. sources.Policies.Select(text => text.Name)]);
    }

    private static IEnumerable<Finding> Locate(IReadOnlyList<Finding> findings, IEnumerable<NamedRead> reads)
    {
        // What was analyzed stands once.
        var documents = reads.SelectMany(read => read.Result.Documents).ToLookup(document => document.Id);
        return findings.Select(finding => finding is { Resource: { } id, Location: null }
            ? finding with { Location = documents[id].First().Locate?.Invoke(finding.Field) }
            : finding);
    }

    private static IReadOnlyList<Finding> InOrder(IEnumerable<Finding> findings, IReadOnlyList<string?> names)
    {
        var order = names.OfType<string>().Distinct(StringComparer.Ordinal).Select((name, at) => (name, at)).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. findings
                .OrderBy(finding => finding.Location is { } place ? order.GetValueOrDefault(place.Source, order.Count) : order.Count)
                .ThenBy(finding => finding.Location?.Line)
                .ThenBy(finding => finding.Location?.Column)
                .ThenBy(finding => finding.Severity),
        ];
    }

    private sealed record NamedRead(string Name, ReadResult Result);
}
