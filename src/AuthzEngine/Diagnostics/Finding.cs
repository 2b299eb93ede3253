using AuthzEngine.Policies;

namespace AuthzEngine.Diagnostics;

/// <summary>Something to say about a resource: why it is invalid, or what may not be meant.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Code">Stable name of the rule, lower case with hyphens.</param>
/// <param name="Resource">The resource; null when the document could not be read that far.</param>
/// <param name="Field">Path within the resource, such as <c>spec.rules[0].from[1].source.principals[2]</c>; may be empty.</param>
/// <param name="Message">What is wrong: lower case, no period, input in backticks.</param>
/// <param name="Suggestion">What to write instead; null when that is not clear.</param>
public sealed record Finding(
    Severity Severity, string Code, ResourceId? Resource, string Field, string Message, string? Suggestion = null)
{
    /// <summary>Where it stands in its source; null until the reader of the source added it.</summary>
    public SourceLocation? Location { get; init; }
}

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>The resource is rejected.</summary>
    Error,

    /// <summary>Accepted, and probably not what was meant.</summary>
    Warning,

    /// <summary>Worth knowing.</summary>
    Info,
}

/// <summary>A place in a source text.</summary>
/// <param name="Source">File name, or another name of the source.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
public sealed record SourceLocation(string Source, int Line, int Column)
{
    /// <summary>Prints <c>source:line:column</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Source}:{Line}:{Column}";
}
