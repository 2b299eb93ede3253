using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>What administrators applied, as a source. One caller at a time.</summary>
/// <param name="reader">Reads the texts.</param>
internal sealed class AppliedSource(SourceReader reader)
{
    private readonly Dictionary<SourceText, SourceReading> _texts = [];
    private (IReadOnlyList<StoredResource> Resources, SourceReading Reading)? _last;

    /// <summary>Reads it; unchanged resources are the very documents of the last time.</summary>
    /// <param name="resources">The resources.</param>
    public SourceReading Read(IReadOnlyList<StoredResource> resources)
    {
        if (_last is { } last && ReferenceEquals(last.Resources, resources))
        {
            return last.Reading;
        }

        var documents = resources.Select(Find).ToList();
        var used = resources.Select(resource => resource.Text).ToHashSet();
        foreach (var unused in _texts.Keys.Where(text => !used.Contains(text)).ToList())
        {
            _texts.Remove(unused);
        }

        var reading = new SourceReading.Complete(SourceNames.Applied, documents, []);
        _last = (resources, reading);
        return reading;
    }

    // Each was found in its text when it was applied; one that a newer reader understands otherwise is held back by admission.
    private SourceDocument Find(StoredResource resource)
    {
        if (!_texts.TryGetValue(resource.Text, out var reading))
        {
            _texts[resource.Text] = reading = reader.Parse(SourceNames.Applied, resource.Text).ToReading(SourceNames.Applied);
        }

        return (reading as SourceReading.Complete)?.Documents.FirstOrDefault(document => document.Id == resource.Id)
            ?? new SourceDocument { Id = resource.Id, Namespace = resource.Id.Namespace };
    }
}
