using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.PolicyTests;

/// <summary>Runs tests, and keeps which rules they reach.</summary>
/// <param name="settings">The mesh where tests do not say otherwise, and whether invalid policies are in force.</param>
public sealed class PolicyTestRun(AdmissionSettings settings)
{
    /// <summary>What <see cref="PolicyExpectation.Policy"/> says where no rule is to determine.</summary>
    public const string NoPolicy = "none";

    private readonly Dictionary<(string Rule, SourceLocation? Location), RuleCoverage> _coverage = [];

    /// <summary>Which rules the tests so far have reached, by where they stand.</summary>
    public IReadOnlyList<RuleCoverage> Coverage =>
    [
        .. _coverage.Values
            .OrderBy(rule => rule.Location?.Source, StringComparer.Ordinal)
            .ThenBy(rule => rule.Location?.Line)
            .ThenBy(rule => rule.Rule, StringComparer.Ordinal),
    ];

    /// <summary>Runs the tests of a document.</summary>
    /// <param name="tests">The tests.</param>
    /// <param name="policies">The policies that they are about.</param>
    /// <returns>What came of each, in their order.</returns>
    public IReadOnlyList<PolicyTestResult> Run(IReadOnlyList<PolicyTest> tests, PolicyTexts policies)
    {
        ArgumentNullException.ThrowIfNull(tests);
        ArgumentNullException.ThrowIfNull(policies);
        AddRules(policies);
        return [.. tests.Select(test => Run(test, policies))];
    }

    private PolicyTestResult Run(PolicyTest test, PolicyTexts policies)
    {
        var line = new DecisionLine(test.Mesh, test.Workload, test.Request, null, default);
        var context = DecisionContext.Read(in line, settings.Mesh, out var contextFault);
        var request = RequestInput.Read(test.Request, context.Mesh.PathNormalization, default, out var requestFault);
        if ((contextFault ?? requestFault) is { } fault)
        {
            return new(test, default, [fault.ToString()]);
        }

        var admitted = policies.Admit(settings with { Mesh = context.Mesh });
        var workload = PolicySet.Compile(admitted.Resources, context.Mesh).For(context.Workload);
        var answer = LineAnswer.Of(workload, request);
        Cover(workload.Explain(in request.Attributes), policies);
        return new(test, answer, [.. Compare(test.Expected, answer)]);
    }

    private static IEnumerable<string> Compare(PolicyExpectation expected, LineAnswer answer)
    {
        var decision = answer.Decision;
        if (decision.Verdict != expected.Verdict)
        {
            yield return $"expected {DecisionJson.NameOf(expected.Verdict)}, is {DecisionJson.NameOf(decision.Verdict)}: {answer.Reason}";
        }

        var policy = decision.Rule is { Index: >= 0 } rule ? rule.Id : NoPolicy;
        if (expected.Policy is { } wanted && wanted != policy)
        {
            yield return $"expected policy {wanted}, is {policy}: {answer.Reason}";
        }

        if (expected.Audit is { } audit && audit != decision.Audit)
        {
            yield return audit ? "expected to be marked by an AUDIT rule, is not" : "expected not to be marked by an AUDIT rule, is";
        }

        if (expected.Reason is { } reason && !answer.Reason.Contains(reason, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"expected a reason with `{reason}`, is: {answer.Reason}";
        }
    }

    private void AddRules(PolicyTexts policies)
    {
        foreach (var policy in policies.Admit(settings).Resources.Resources.OfType<AuthorizationPolicy>())
        {
            for (var i = 0; i < policy.Rules.Count; i++)
            {
                _ = CoverageOf(RuleNames.Of(policy, i), policies);
            }
        }
    }

    private void Cover(Explanation explanation, PolicyTexts policies)
    {
        foreach (var rule in explanation.Policies.SelectMany(policy => policy.Rules))
        {
            var coverage = CoverageOf(rule.Rule, policies);
            coverage.Matched += rule.Outcome == RuleOutcome.Match ? 1 : 0;
            coverage.NotMatched += rule.Outcome == RuleOutcome.NoMatch ? 1 : 0;
        }
    }

    private RuleCoverage CoverageOf(RuleIdentity rule, PolicyTexts policies)
    {
        var location = policies.Locate(rule.Policy, $"spec.rules[{rule.Index}]");
        if (!_coverage.TryGetValue((rule.Id, location), out var coverage))
        {
            _coverage.Add((rule.Id, location), coverage = new(rule.Id, location));
        }

        return coverage;
    }
}

/// <summary>What came of a test.</summary>
/// <param name="Test">The test.</param>
/// <param name="Answer">What was decided; <c>default</c> where the test cannot be read.</param>
/// <param name="Failures">What is not as expected; none: the test passed.</param>
public sealed record PolicyTestResult(PolicyTest Test, LineAnswer Answer, IReadOnlyList<string> Failures)
{
    /// <summary>Whether all is as expected.</summary>
    public bool Passed => Failures.Count == 0;
}

/// <summary>How often tests reached a rule.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Location">Where it stands.</param>
public sealed record RuleCoverage(string Rule, SourceLocation? Location)
{
    /// <summary>Number of tests that it matched.</summary>
    public int Matched { get; internal set; }

    /// <summary>Number of tests that it was evaluated for and did not match.</summary>
    public int NotMatched { get; internal set; }
}
