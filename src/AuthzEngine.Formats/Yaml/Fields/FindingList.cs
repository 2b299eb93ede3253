using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>Findings of one document; their number is bounded for all documents of a text together.</summary>
/// <param name="source">Name of the source.</param>
/// <param name="budget">What is left for the text.</param>
internal sealed class FindingList(string source, FindingBudget budget)
{
    private readonly List<Finding> _findings = [];

    /// <summary>What was found.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Number of errors, those that found no room included.</summary>
    public int Errors { get; private set; }

    /// <summary>Number of findings, those that found no room included.</summary>
    public int Total { get; private set; }

    /// <summary>Whether there is no room for more: what is still to be found need not be looked at closely.</summary>
    public bool IsFull => budget.IsExceeded;

    /// <summary>Adds an error.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="node">Where.</param>
    /// <param name="path">Which field.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="suggestion">What to write instead, or null.</param>
    public void Error(string code, YamlNode node, FieldPath path, string message, string? suggestion = null) =>
        Add(Severity.Error, code, node, path, message, suggestion);

    /// <summary>Adds why the rest of the document could not be read.</summary>
    /// <param name="fault">Why.</param>
    public void Add(TextFault fault)
    {
        Total++;
        Errors++;
        _findings.Add(fault.ToFinding(source));
    }

    /// <summary>Adds a finding.</summary>
    /// <param name="severity">How bad.</param>
    /// <param name="code">Its code.</param>
    /// <param name="node">Where.</param>
    /// <param name="path">Which field.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="suggestion">What to write instead, or null.</param>
    public void Add(Severity severity, string code, YamlNode node, FieldPath path, string message, string? suggestion = null)
    {
        Total++;
        Errors += severity == Severity.Error ? 1 : 0;

        // A document keeps at least one, so that one that is refused always says why.
        if (budget.TryTake() || _findings.Count == 0)
        {
            _findings.Add(new(severity, code, null, path.ToString(), message, suggestion)
            {
                Location = new(source, node.Line, node.Column),
            });
        }
    }
}

/// <summary>How many findings a text may still have; a hostile one could have one in every line.</summary>
internal sealed class FindingBudget
{
    private const int Most = 1_000;
    private int _left = Most;

    /// <summary>Whether some found no room.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>Takes room for one.</summary>
    /// <returns>Whether there was.</returns>
    public bool TryTake()
    {
        IsExceeded |= _left == 0;
        _left -= _left > 0 ? 1 : 0;
        return !IsExceeded;
    }
}
