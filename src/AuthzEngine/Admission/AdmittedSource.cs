using AuthzEngine.Diagnostics;

namespace AuthzEngine.Admission;

/// <summary>What is known of one source.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Revision">The revision at which all of it was last read; null: never.</param>
/// <param name="IsFailed">Whether the last attempt to read it failed, so that what it last held is in force.</param>
/// <param name="Findings">Findings of the last attempt about the source as a whole.</param>
public sealed record AdmittedSource(string Name, long? Revision, bool IsFailed, IReadOnlyList<Finding> Findings)
{
    /// <summary>What it held when all of it was last read.</summary>
    internal IReadOnlyList<SourceDocument> Documents { get; init; } = [];

    internal static AdmittedSource Of(SourceReading reading, AdmittedSource? previous, long revision) => reading switch
    {
        SourceReading.Complete(var name, var documents, var findings) =>
            new(name, revision, IsFailed: false, findings) { Documents = documents },
        SourceReading.Failed(var name, var findings) =>
            new(name, previous?.Revision, IsFailed: true, findings) { Documents = previous?.Documents ?? [] },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
