using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Formats.Yaml;

/// <summary>What a text holds.</summary>
/// <param name="Documents">Its policies, those that are refused included, in order.</param>
/// <param name="Findings">What is to say about the text and about documents that are no policies.</param>
public sealed record ReadResult(IReadOnlyList<SourceDocument> Documents, IReadOnlyList<Finding> Findings)
{
    /// <summary>
    /// Whether all of it was read. If not, it may hold policies of which nothing is known, and what was known of this source
    /// must stay in force.
    /// </summary>
    public bool IsComplete => Findings.All(finding => finding.Severity != Severity.Error);

    /// <summary>All that is to say, documents included.</summary>
    public IEnumerable<Finding> AllFindings => Findings.Concat(Documents.SelectMany(document => document.Findings));
}
