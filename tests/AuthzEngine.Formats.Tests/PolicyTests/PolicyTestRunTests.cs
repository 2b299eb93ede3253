using System.Text;
using System.Text.Json;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.PolicyTests;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.PolicyTests;

public sealed class PolicyTestRunTests
{
    private const string Policies = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: p}
        spec:
          rules:
          - to: [{operation: {methods: [GET]}}]
          - to: [{operation: {methods: [PUT]}}]
          - to: [{operation: {methods: [POST]}}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: other, namespace: other}
        spec: {rules: [{}]}
        """;

    public static TheoryData<PolicyExpectation, string?> Expectations() =>
    [
        new(new(Verdict.Allow, null, null, null), null),
        new(new(Verdict.Allow, "ns[default]-policy[p]-rule[0]", Audit: false, "spec.rules[0]"), null),
        new(new(Verdict.Deny, null, null, null), "expected deny, is allow"),
        new(new(Verdict.Allow, "ns[default]-policy[p]-rule[1]", null, null), "expected policy ns[default]-policy[p]-rule[1], is ns[default]-policy[p]-rule[0]"),
        new(new(Verdict.Allow, "none", null, null), "expected policy none"),
        new(new(Verdict.Allow, null, Audit: true, null), "expected to be marked"),
        new(new(Verdict.Allow, null, null, "STRICT"), "expected a reason with `STRICT`"),
    ];

    [Theory, MemberData(nameof(Expectations))]
    public void A_test_passes_when_all_is_as_expected(PolicyExpectation expected, string? failure)
    {
        var result = Run(new(new(new())), Test("""{"http":{"method":"GET"}}""", expected));

        Assert.Equal(failure is null, result.Passed);
        Assert.Equal(failure is null ? 0 : 1, result.Failures.Count);
        Assert.StartsWith(failure ?? "", string.Concat(result.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_rule_determines_the_policy_is_none() =>
        Assert.True(Run(new(new(new())), Test("""{"http":{"method":"HEAD"}}""", new(Verdict.Deny, "none", null, null))).Passed);

    [Fact]
    public void A_test_that_cannot_be_read_fails() => Assert.Equal(
        ["request.dest_port: a port from 0 to 65535 is wanted"],
        Run(new(new(new())), Test("""{"dest_port":-1}""", new(Verdict.Deny, null, null, null))).Failures);

    [Fact]
    public void Rules_are_counted_by_what_became_of_them()
    {
        var run = new PolicyTestRun(new(new()));
        _ = Run(run, Test("""{"http":{"method":"GET"}}""", new(Verdict.Allow, null, null, null)));
        _ = Run(run, Test("""{"http":{"method":"PUT"}}""", new(Verdict.Allow, null, null, null)));

        Assert.Equal(
            [("ns[default]-policy[p]-rule[0]", 1, 1), ("ns[default]-policy[p]-rule[1]", 1, 1), ("ns[default]-policy[p]-rule[2]", 0, 2), ("ns[other]-policy[other]-rule[0]", 0, 0)],
            run.Coverage.Select(rule => (rule.Rule, rule.Matched, rule.NotMatched)));
        Assert.Equal("p.yaml:7:5", run.Coverage[1].Location?.ToString());
    }

    private static PolicyTestResult Run(PolicyTestRun run, PolicyTest test) =>
        Assert.Single(run.Run([test], PolicyTexts.Read([new("p.yaml", Encoding.UTF8.GetBytes(Policies))], new())));

    private static PolicyTest Test(string request, PolicyExpectation expected) =>
        new("t", null, JsonElement.Parse("{}"), JsonElement.Parse("{}"), JsonElement.Parse(request), expected);
}
