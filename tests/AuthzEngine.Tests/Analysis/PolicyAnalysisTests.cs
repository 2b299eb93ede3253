using System.Globalization;
using System.Text.RegularExpressions;
using AuthzEngine.Admission;
using AuthzEngine.Analysis;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Tests.Reference;
using AuthzEngine.Validation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Analysis;

public sealed class PolicyAnalysisTests
{
    // As Istio issues them: of others the lints claim nothing.
    private static readonly Regex Issued = new(@"\Aspiffe://[^/\n]+/ns/[^/\n]+/sa/[^/\n]+\z", RegexOptions.NonBacktracking);

    private static readonly Arbitrary<Sample> Meshes = Samples.All
        .Where(sample => sample.Request.Principal is null || Issued.IsMatch(sample.Request.Principal))
        .Select(sample => sample with { Resources = new([.. sample.Resources.Resources.Where(IsValid)], []) })
        .ToArbitrary();

    [Theory]
    [InlineData(LintCodes.ShadowedByDeny)]
    [InlineData(LintCodes.RuleRedundant)]
    public void A_rule_that_is_said_to_have_no_effect_has_none(string code)
    {
        var removed = 0;
        Prop.ForAll(Meshes, sample =>
        {
            var rules = Analyze(sample).Where(finding => finding.Code == code).ToLookup(finding => finding.Resource!, finding => Index(finding));
            removed += rules.Count;
            var without = sample.Resources.Resources.Select(resource =>
                resource is AuthorizationPolicy policy ? Without(policy, rules[policy.Id]) : resource);
            return Decide(sample, [.. without]) == Decide(sample, sample.Resources.Resources);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(800));
        Assert.NotEqual(0, removed);
    }

    [Fact]
    public void A_rule_that_is_said_never_to_match_never_matches()
    {
        var found = 0;
        Prop.ForAll(Meshes, sample =>
        {
            var rules = Analyze(sample)
                .Where(finding => finding.Code == LintCodes.NeverMatches && finding.Message.Contains("the rule never matches", StringComparison.Ordinal))
                .Select(finding => (Policy: finding.Resource!, Index: Index(finding)))
                .ToHashSet();
            found += rules.Count;
            return sample.Resources.Resources.OfType<AuthorizationPolicy>().All(policy => policy.Rules.Index()
                .Where(pair => rules.Contains((policy.Id, pair.Index)))
                .All(pair => !pair.Item!.Matches(sample.Request.ToAttributes(), PolicyAction.Allow, sample.Settings)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(800));
        Assert.NotEqual(0, found);
    }

    [Fact]
    public void No_finding_is_an_error_and_each_has_a_code_that_is_known()
    {
        var codes = typeof(LintCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToHashSet();
        Prop.ForAll(Meshes, sample => Analyze(sample).All(finding => finding.Severity != Severity.Error && codes.Contains(finding.Code)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Findings_come_in_the_order_of_the_resources()
    {
        AuthorizationPolicy[] policies = [.. Enumerable.Range(0, 3).Select(i =>
            Written.Allow(new Rule()) with { Id = new(ResourceKind.AuthorizationPolicy, "n" + (9 - i), "p") })];
        Assert.Equal(policies.Select(policy => policy.Id), Linted.Findings([.. policies]).Select(finding => finding.Resource));
    }

    private static IReadOnlyList<Finding> Analyze(Sample sample) =>
        PolicyAnalysis.Analyze(new(sample.Resources.Resources) { Settings = sample.Settings });

    private static bool IsValid(PolicyResource resource) =>
        ResourceValidator.Validate(resource).All(finding => finding.Severity != Severity.Error);

    private static Verdict Decide(Sample sample, IReadOnlyList<PolicyResource> resources)
    {
        var request = sample.Request.ToAttributes();
        return PolicySet.Compile(new ResourceSet(resources, []), sample.Settings).For(Sample.Workload).Decide(in request).Verdict;
    }

    // A null rule never matches, and the policy stays.
    private static AuthorizationPolicy Without(AuthorizationPolicy policy, IEnumerable<int> rules) =>
        policy with { Rules = [.. policy.Rules.Select((rule, at) => rules.Contains(at) ? null : rule)] };

    private static int Index(Finding finding) =>
        int.Parse(Regex.Match(finding.Field, @"\Aspec\.rules\[(\d+)\]").Groups[1].ValueSpan, CultureInfo.InvariantCulture);
}
