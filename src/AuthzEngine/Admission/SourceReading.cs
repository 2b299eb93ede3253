using AuthzEngine.Diagnostics;

namespace AuthzEngine.Admission;

/// <summary>What reading one source gave: a file, or what the API stored.</summary>
/// <param name="Source">The source's name, unique among those of one reading.</param>
/// <param name="Findings">Findings about the source as a whole.</param>
public abstract record SourceReading(string Source, IReadOnlyList<Finding> Findings)
{
    /// <summary>
    /// Makes a reading of what a reader gave. An error about the text as a whole means that nobody knows what else stands
    /// there: then the source could not be read, whatever documents came before the error.
    /// </summary>
    /// <param name="source"><inheritdoc cref="SourceReading" path="/param[@name='Source']"/></param>
    /// <param name="documents">Its documents in order. A document that has not changed should be the same object: it is not validated again.</param>
    /// <param name="findings">Findings about the text as a whole.</param>
    /// <returns>The reading.</returns>
    public static SourceReading Of(string source, IReadOnlyList<SourceDocument> documents, IReadOnlyList<Finding> findings) =>
        findings.Any(finding => finding.Severity == Severity.Error)
            ? new Failed(source, findings)
            : new Complete(source, documents, findings);

    /// <summary>All of the source was read: what is not in it is gone.</summary>
    /// <param name="Source"><inheritdoc cref="SourceReading"/></param>
    /// <param name="Documents">Its documents in order.</param>
    /// <param name="Findings"><inheritdoc cref="SourceReading"/></param>
    public sealed record Complete(string Source, IReadOnlyList<SourceDocument> Documents, IReadOnlyList<Finding> Findings)
        : SourceReading(Source, Findings);

    /// <summary>It could not be read, or has vanished against expectation: what it last held stays.</summary>
    /// <param name="Source"><inheritdoc cref="SourceReading"/></param>
    /// <param name="Findings"><inheritdoc cref="SourceReading"/></param>
    public sealed record Failed(string Source, IReadOnlyList<Finding> Findings) : SourceReading(Source, Findings);
}
