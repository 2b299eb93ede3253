using Xunit;

namespace Architecture.Tests;

/// <summary>How a rule's findings become a test's result.</summary>
internal static class Verdict
{
    /// <summary>Fails and names every offender.</summary>
    public static void None(IEnumerable<string> violations)
    {
        var all = violations.ToList();
        Assert.True(all.Count == 0, string.Join("\n", all.Prepend($"{all.Count} violations:")));
    }

    /// <summary>Fails unless there is exactly one finding, which holds a text: a planted violation was found, and nothing else.</summary>
    public static void One(string part, IEnumerable<string> violations) =>
        Assert.Contains(part, Assert.Single(violations), StringComparison.Ordinal);
}
