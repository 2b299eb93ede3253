using AuthzEngine.Admission;

namespace AuthzEngine.Formats.Yaml;

/// <summary>Hands what was read to admission.</summary>
public static class SourceReadings
{
    /// <summary>Makes the reading of a source that is one text.</summary>
    /// <param name="result">What the text holds.</param>
    /// <param name="source">Name of the source.</param>
    /// <returns>The reading; a failed one unless all of the text was read.</returns>
    public static SourceReading ToReading(this ReadResult result, string source)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.IsComplete
            ? new SourceReading.Complete(source, result.Documents, result.Findings)
            : new SourceReading.Failed(source, result.Findings);
    }
}
