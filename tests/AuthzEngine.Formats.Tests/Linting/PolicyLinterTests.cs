using System.Text;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Linting;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Linting;

public sealed class PolicyLinterTests
{
    private const string Area = "lint";

    public static TheoryData<string> Cases() => [.. GoldenFile.Cases(Area)];

    [Theory, MemberData(nameof(Cases))]
    public void What_is_said_of_a_case_is_what_its_golden_file_has(string name) =>
        GoldenFile.Matches(Area, name, string.Concat(Lint(name).Select(Print)));

    [Fact]
    public void Of_what_documentation_shows_nothing_is_a_warning() =>
        Assert.All(Lint("documented"), finding => Assert.Equal(Severity.Info, finding.Severity));

    [Fact]
    public void Every_finding_about_a_resource_has_a_place()
    {
        foreach (var name in GoldenFile.Cases(Area))
        {
            Assert.All(Lint(name), finding => Assert.NotNull(finding.Location));
        }
    }

    [Fact]
    public void A_resource_in_two_texts_is_an_error_of_both()
    {
        var text = GoldenFile.Bytes(Area, "documented");
        var findings = PolicyLinter.Lint(new([new("a.yaml", text), new("b.yaml", text)]), new YamlLimits())
            .Where(finding => finding.Code == "resource-duplicate")
            .ToList();
        Assert.Equal(findings.Count / 2, findings.Count(finding => finding.Location!.Source == "a.yaml"));
        Assert.NotEmpty(findings);
    }

    [Fact]
    public void Settings_and_inventories_that_cannot_be_read_are_findings_and_the_policies_are_linted_all_the_same()
    {
        var findings = PolicyLinter.Lint(
            new([new("p.yaml", GoldenFile.Bytes(Area, "identities"))])
            {
                Mesh = new("mesh.yaml", Encoding.UTF8.GetBytes("[]")),
                Inventory = new("inventory.yaml", Encoding.UTF8.GetBytes("workloads: 1")),
            },
            new YamlLimits());
        Assert.Equal(["mesh.yaml", "inventory.yaml"], findings.Where(finding => finding.Severity == Severity.Error).Select(finding => finding.Location!.Source));
        Assert.Contains(findings, finding => finding.Code == "principal-scheme");
    }

    private static IReadOnlyList<Finding> Lint(string name) => PolicyLinter.Lint(
        new([new(name + ".yaml", GoldenFile.Bytes(Area, name))])
        {
            Mesh = Beside(name, "settings"),
            Inventory = Beside(name, "inventory"),
        },
        new YamlLimits());

    private static PolicyText? Beside(string name, string part) =>
        GoldenFile.Beside(Area, $"{name}-{part}.yaml") is { } bytes ? new($"{name}-{part}.yaml", bytes) : null;

    private static string Print(Finding finding) =>
        $"{finding.Location} {finding.Severity} {finding.Code} {finding.Resource} {finding.Field}\n  {finding.Message}\n"
        + (finding.Suggestion is { } suggestion ? $"  {suggestion}\n" : "");
}
