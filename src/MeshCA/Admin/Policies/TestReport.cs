using AuthzEngine.Formats.Json;
using AuthzEngine.Formats.PolicyTests;

namespace MeshCA.Admin.Policies;

/// <summary>What <c>meshca policy test</c> prints.</summary>
/// <param name="Passed">Number of tests that passed.</param>
/// <param name="Failed">Number of tests that failed.</param>
/// <param name="Tests">The tests.</param>
/// <param name="Rules">Number of rules that the tests are about.</param>
/// <param name="RulesMatched">Number of those that a test matched.</param>
/// <param name="Untested">The rules that no test matched, or that every test matched.</param>
internal sealed record TestReport(
    int Passed, int Failed, IReadOnlyList<TestedCase> Tests, int Rules, int RulesMatched, IReadOnlyList<UntestedRule> Untested)
{
    /// <summary>Makes the report.</summary>
    public static TestReport Of(IReadOnlyList<PolicyTestResult> results, IReadOnlyList<RuleCoverage> coverage) => new(
        results.Count(result => result.Passed),
        results.Count(result => !result.Passed),
        [.. results.Select(TestedCase.Of)],
        coverage.Count,
        coverage.Count(rule => rule.Matched > 0),
        [.. coverage.Where(rule => rule.Matched == 0 || rule.NotMatched == 0).Select(UntestedRule.Of)]);

    /// <summary>Prints it for people.</summary>
    public string ToText() => new ReportText()
        .Each(Tests.GroupBy(test => test.File), (text, file) => text.Line(0, file.Key).Each(file, (lines, test) => test.AddTo(lines)))
        .Gap()
        .Line(0, $"{Passed} passed, {Failed} failed; {RulesMatched} of {Rules} rules matched by a test")
        .Each(Untested, (text, rule) => rule.AddTo(text))
        .ToString();
}

/// <summary>A test, and what came of it.</summary>
/// <param name="File">Its file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Passed">Whether all was as expected.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Decision">allow or deny.</param>
/// <param name="Policy">Id of the determining rule; null: none determined.</param>
/// <param name="Reason">Why.</param>
/// <param name="Failures">What was not as expected.</param>
internal sealed record TestedCase(
    string File,
    string Name,
    bool Passed,
    string? Location,
    string Decision,
    string? Policy,
    string Reason,
    IReadOnlyList<string> Failures)
{
    public static TestedCase Of(PolicyTestResult result) => new(
        result.Test.Location?.Source ?? "",
        result.Test.Name,
        result.Passed,
        result.Test.Location?.ToString(),
        DecisionJson.NameOf(result.Answer.Decision.Verdict),
        result.Answer.Decision.Rule is { Index: >= 0 } rule ? rule.Id : null,
        result.Answer.Reason ?? "",
        result.Failures);

    public void AddTo(ReportText text) => text
        .Line(1, Passed ? "ok  " : "FAIL", Name, Passed ? "" : Location)
        .Each(Failures, (lines, failure) => lines.Line(3, failure));
}

/// <summary>A rule that tests do not reach from both sides.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Matched">Number of tests that it matched.</param>
/// <param name="NotMatched">Number of tests that it was evaluated for and did not match.</param>
internal sealed record UntestedRule(string Rule, string? Location, int Matched, int NotMatched)
{
    public static UntestedRule Of(RuleCoverage coverage) =>
        new(coverage.Rule, coverage.Location?.ToString(), coverage.Matched, coverage.NotMatched);

    public void AddTo(ReportText text) => text.Line(
        1,
        Matched > 0 ? "every test matches it:" : NotMatched > 0 ? "no test matches it:" : "no test reaches it:",
        Rule,
        Location);
}
