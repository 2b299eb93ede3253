namespace AuthzEngine.Admission;

/// <summary>Decides which resources are in force after all sources were read. Pure: the same input gives the same answer.</summary>
/// <remarks>
/// An invalid resource never weakens the mesh: it is rejected as a whole and its last valid version stays; where there is
/// none, it is quarantined. A resource that is gone from a source of which all was read is removed.
/// </remarks>
public static class ResourceAdmission
{
    /// <summary>Admits a reading of all sources.</summary>
    /// <param name="previous">What was in force; <see cref="AdmittedResources.None"/> at first.</param>
    /// <param name="readings">One reading of each source that there is; a source left out is gone with all that it held.</param>
    /// <param name="revision">The number of this reading; above that of the previous.</param>
    /// <param name="settings">Settings.</param>
    /// <returns>What is in force now.</returns>
    /// <exception cref="ArgumentException">Two readings have the same source.</exception>
    public static AdmittedResources Admit(
        AdmittedResources previous, IReadOnlyList<SourceReading> readings, long revision, AdmissionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(previous);
        ArgumentNullException.ThrowIfNull(readings);
        ArgumentNullException.ThrowIfNull(settings);

        var sources = Sources(previous, readings, revision);
        var byRevision = sources
            .SelectMany(source => source.Documents.Select(document => new PlacedDocument(document, source.Name)))
            .ToLookup(document => document.IsRead(settings.Mesh.Revision));
        var (documents, others) = (byRevision[true].ToLookup(document => document.Id), byRevision[false].ToLookup(document => document.Id));
        var judge = new ResourceJudge(revision, settings);

        var resources = new List<AdmittedResource>(documents.Count);
        foreach (var ofOneId in documents)
        {
            if (ofOneId.Key is { } id)
            {
                resources.Add(judge.Judge(id, [.. ofOneId], previous.Find(id)));
            }
        }

        resources.AddRange(others.Where(others => !documents.Contains(others.Key)).Select(judge.PassOver));
        var unidentified = new UnidentifiedDocuments([.. documents[null]]);
        resources.AddRange(unidentified.Keep(
            previous.Resources.Where(resource => !documents.Contains(resource.Id) && !others.Contains(resource.Id))));
        resources.Sort(AdmittedResources.ByIdentity);
        resources.AddRange(unidentified.Judge(judge));
        return new(revision, previous.IsComplete || sources.All(source => source.Revision is not null), sources, resources);
    }

    private static List<AdmittedSource> Sources(AdmittedResources previous, IReadOnlyList<SourceReading> readings, long revision)
    {
        var earlier = previous.Sources.ToDictionary(source => source.Name, StringComparer.Ordinal);
        var names = new HashSet<string>(readings.Count, StringComparer.Ordinal);
        var sources = new List<AdmittedSource>(readings.Count);
        foreach (var reading in readings)
        {
            if (!names.Add(reading.Source))
            {
                throw new ArgumentException($"`{reading.Source}` was read twice", nameof(readings));
            }

            sources.Add(AdmittedSource.Of(reading, earlier.GetValueOrDefault(reading.Source), revision));
        }

        return sources;
    }
}
