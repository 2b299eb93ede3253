namespace AuthzEngine.Validation;

/// <summary>What is wrong with one value, wherever it stands.</summary>
/// <param name="Code">One of <see cref="ValidationCodes"/>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Suggestion">What to write instead, where that is clear.</param>
internal sealed record Problem(string Code, string Message, string? Suggestion = null);

/// <summary>Checks of lists of values.</summary>
internal static class ValueList
{
    /// <summary>Checks each value: it is not empty, and has no problem.</summary>
    /// <param name="values">The values; untrusted.</param>
    /// <param name="field">The list's path.</param>
    /// <param name="report">Takes what is found.</param>
    /// <param name="check">The problem of a value that is not empty; null: there can be none.</param>
    public static void Validate(
        IReadOnlyList<string> values, string field, FindingReport report, Func<string, Problem?>? check = null)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var problem = string.IsNullOrEmpty(values[i]) ? Empty : check?.Invoke(values[i]);
            if (problem is not null)
            {
                report.Add(problem.Code, $"{field}[{i}]", problem.Message, problem.Suggestion);
            }
        }
    }

    private static Problem Empty { get; } = new(ValidationCodes.ValueEmpty, "the value is empty");
}
