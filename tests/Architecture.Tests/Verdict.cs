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

    /// <summary>Fails and names every offender that is not excused, and every excuse that nothing needs any more.</summary>
    /// <param name="excused">Beginnings of findings; each is listed with its reason where it is declared.</param>
    /// <param name="violations">The findings.</param>
    public static void NoneBut(IReadOnlyList<string> excused, IEnumerable<string> violations)
    {
        var all = violations.ToList();
        var stale = excused.Where(excuse => !all.Any(found => found.StartsWith(excuse, StringComparison.Ordinal)));
        None(all.Where(found => !excused.Any(excuse => found.StartsWith(excuse, StringComparison.Ordinal)))
            .Concat(stale.Select(excuse => $"{excuse}: excused, but keeps the rule")));
    }

    /// <summary>Fails unless there is exactly one finding, which holds a text: a planted violation was found, and nothing else.</summary>
    public static void One(string part, IEnumerable<string> violations) =>
        Assert.Contains(part, Assert.Single(violations), StringComparison.Ordinal);
}
