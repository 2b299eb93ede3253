using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis;

/// <summary>What a lint has to say about one field of a resource.</summary>
/// <param name="Code">One of <see cref="LintCodes"/>.</param>
/// <param name="Field">Path within the resource.</param>
/// <param name="Message">What will surprise: lower case, no period, input in backticks.</param>
/// <param name="Suggestion">What to write instead; null when that is not clear.</param>
/// <param name="Severity">A warning, or only worth knowing. Never an error: the resource is valid.</param>
internal sealed record Remark(
    string Code, string Field, string Message, string? Suggestion = null, Severity Severity = Severity.Warning);

/// <summary>What a lint has to say about one value, before it is known where that stands.</summary>
/// <param name="Message"><inheritdoc cref="Remark"/></param>
/// <param name="Suggestion"><inheritdoc cref="Remark"/></param>
/// <param name="Severity"><inheritdoc cref="Remark"/></param>
internal sealed record Advice(string Message, string? Suggestion = null, Severity Severity = Severity.Warning);
