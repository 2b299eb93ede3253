using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Yaml;

/// <summary>A text that holds policies.</summary>
/// <param name="Name">File name, or another name; unique among those that are read together.</param>
/// <param name="Utf8">UTF-8; untrusted.</param>
public sealed record PolicyText(string Name, ReadOnlyMemory<byte> Utf8);

/// <summary>The policies of some texts, read together; what is in force of them is the answer of admission at first sight.</summary>
public sealed class PolicyTexts
{
    private readonly IReadOnlyList<SourceReading> _readings;
    private readonly Dictionary<ResourceId, SourceDocument> _documents = [];

    private PolicyTexts(IReadOnlyList<PolicyText> texts, YamlLimits limits)
    {
        var readings = new List<SourceReading>(texts.Count);
        foreach (var text in texts)
        {
            readings.Add(ReadOne(text, limits));
        }

        _readings = readings;
    }

    /// <summary>Reads texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="limits">How much is read of each.</param>
    /// <returns>Their policies.</returns>
    public static PolicyTexts Read(IReadOnlyList<PolicyText> texts, YamlLimits limits)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(limits);
        return new(texts, limits);
    }

    /// <summary>Decides what is in force.</summary>
    /// <param name="settings">Settings.</param>
    /// <returns>What is in force, and all that is to say.</returns>
    public AdmittedTexts Admit(AdmissionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var admitted = ResourceAdmission.Admit(AdmittedResources.None, _readings, revision: 1, settings);
        var findings = admitted.Sources.SelectMany(source => source.Findings)
            .Concat(admitted.Resources.SelectMany(resource => resource.Findings));
        return new(admitted.IsComplete ? admitted.InForce : HoldAll(admitted.InForce, settings), [.. findings]);
    }

    /// <summary>Finds where a field of a resource stands.</summary>
    /// <param name="id">The resource.</param>
    /// <param name="field">The field; empty: the resource.</param>
    /// <returns>Its place; null for a resource that is in none of the texts.</returns>
    public SourceLocation? Locate(ResourceId id, string field) =>
        _documents.TryGetValue(id, out var document) ? document.Locate?.Invoke(field) : null;

    // What stands in a text that cannot be read may deny anything, and nothing is known from before.
    private static ResourceSet HoldAll(ResourceSet resources, AdmissionSettings settings) => resources with
    {
        Quarantined = [.. resources.Quarantined, new(null, settings.Mesh.RootNamespace, null)],
    };

    private SourceReading ReadOne(PolicyText text, YamlLimits limits)
    {
        var read = PolicyReader.Read(text.Name, text.Utf8, limits);
        foreach (var document in read.Documents)
        {
            if (document.Id is { } id)
            {
                _documents[id] = document;
            }
        }

        return read.ToReading(text.Name);
    }
}

/// <summary>What is in force of some texts.</summary>
/// <param name="Resources">What decisions are made from.</param>
/// <param name="Findings">What is to say, by text, then by resource.</param>
public sealed record AdmittedTexts(ResourceSet Resources, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether something was refused.</summary>
    public bool HasErrors => Findings.Any(finding => finding.Severity == Severity.Error);
}
