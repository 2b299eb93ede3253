using System.Diagnostics;
using AuthzEngine.Admission;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>The files of the directory as sources, one each, beside the directory as a whole. One caller at a time.</summary>
/// <remarks>
/// The directory is a source of its own, without documents: it says whether the list of files is known. A file that is gone
/// from a directory that was listed was deleted; while the directory cannot be listed, or is empty, every file stays.
/// </remarks>
/// <param name="stored">What an earlier run left: a directory that is gone at start must not take its policies with it.</param>
/// <param name="reader">Reads the texts.</param>
internal sealed class PolicyFiles(StoredPolicies stored, SourceReader reader)
{
    private IReadOnlyList<string> _known =
    [
        .. stored.LastGood.Select(resource => resource.Source)
            .Where(source => source != SourceNames.Applied)
            .Union(stored.Quarantined.Select(file => file.Source), StringComparer.Ordinal)
            .Where(source => !SourceNames.IsWatched(source)),
    ];

    /// <summary>Makes readings of a listing.</summary>
    /// <param name="listing">The listing; null: no directory is configured.</param>
    /// <returns>A reading of each source.</returns>
    public IEnumerable<SourceReading> Read(DirectoryListing? listing)
    {
        switch (listing)
        {
            case null:
                return [];
            case DirectoryListing.Listed(var files):
                _known = [.. files.Select(file => file.Name)];
                return [reader.Note(SourceNames.Directory, []), .. files.Select(Read)];
            case DirectoryListing.Failed(var reason):
                return [reader.Fail(SourceNames.Directory, reason), .. _known.Select(name => reader.Fail(name, "its directory cannot be read"))];
            default:
                throw new UnreachableException();
        }
    }

    private SourceReading Read((string Name, FileReading Reading) file) => file.Reading switch
    {
        FileReading.Read(var text) => reader.Read(file.Name, text),
        FileReading.Failed(var reason) => reader.Fail(file.Name, reason),
        _ => throw new UnreachableException(),
    };
}
