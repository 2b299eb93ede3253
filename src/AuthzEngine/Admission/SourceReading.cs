using AuthzEngine.Diagnostics;

namespace AuthzEngine.Admission;

/// <summary>What reading one source gave: a file, or what the API stored.</summary>
/// <param name="Source">The source's name, unique among those of one reading.</param>
/// <param name="Findings">Findings about the source as a whole.</param>
public abstract record SourceReading(string Source, IReadOnlyList<Finding> Findings)
{
    /// <summary>All of the source was read, every document down to whether it is a policy: what is not in it is gone.</summary>
    /// <param name="Source"><inheritdoc cref="SourceReading"/></param>
    /// <param name="Documents">Its documents in order. One that has not changed should be the same object: it is not judged again.</param>
    /// <param name="Findings"><inheritdoc cref="SourceReading"/></param>
    public sealed record Complete(string Source, IReadOnlyList<SourceDocument> Documents, IReadOnlyList<Finding> Findings)
        : SourceReading(Source, Findings);

    /// <summary>Not all of it could be read, or it has vanished against expectation: what it last held stays.</summary>
    /// <param name="Source"><inheritdoc cref="SourceReading"/></param>
    /// <param name="Findings"><inheritdoc cref="SourceReading"/></param>
    public sealed record Failed(string Source, IReadOnlyList<Finding> Findings) : SourceReading(Source, Findings);
}
