using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>Collects what is found in one resource.</summary>
/// <param name="resource">The resource.</param>
internal sealed class FindingReport(ResourceId resource)
{
    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Adds a finding; its severity is that of its code.</summary>
    /// <param name="code">One of <see cref="ValidationCodes"/>.</param>
    /// <param name="field">Path within the resource.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="suggestion">What to write instead, where that is clear.</param>
    public void Add(string code, string field, string message, string? suggestion = null) =>
        _findings.Add(new(ValidationCodes.SeverityOf(code), code, resource, field, message, suggestion));
}
