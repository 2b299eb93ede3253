using AuthzEngine.Admission;
using AuthzEngine.Analysis;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Validation;
using Xunit;

namespace Architecture.Tests;

public sealed class PolicyFindingsDocumentationTests
{
    private const string Page = "docs/policy-findings.md";

    [Fact]
    public void Every_code_of_validation_is_listed_with_its_severity()
    {
        var table = new DocumentedTable(Page, "## Validation");
        string[] documented = [.. table.Rows.Select(row => string.Join(' ', DocumentedTable.Cells(row).Take(2)))];
        Verdict.None(Golden.Difference(
            Page,
            documented,
            [.. Codes(typeof(ValidationCodes)).Select(code => $"`{code}` {Enum.GetName(ValidationCodes.SeverityOf(code))!.ToLowerInvariant()}")]));
        Assert.All(table.Rows, row => Assert.Matches(@"\| §\d\.\d \| .+ \|$", row));
    }

    [Fact]
    public void Every_code_of_admission_is_listed() => new DocumentedTable(Page, "## Admission").MatchesBeginnings(
        [.. Codes(typeof(AdmissionCodes)).Select(code => $"| `{code}` | {(code == AdmissionCodes.OtherRevision ? "info" : "error")} |")]);

    [Fact]
    public void Every_code_of_reading_is_listed()
    {
        string[] documented = [.. new DocumentedTable(Page, "## Reading").Rows.Select(row => DocumentedTable.Cells(row)[0])];
        Verdict.None(Golden.Difference(
            Page, documented, [.. Codes(typeof(YamlCodes)).Concat(Codes(typeof(MeshCodes))).Select(code => $"`{code}`")]));
    }

    [Fact]
    public void Every_code_of_analysis_is_listed()
    {
        var table = new DocumentedTable(Page, "## Analysis");
        string[] documented = [.. table.Rows.Select(row => DocumentedTable.Cells(row)[0])];
        Verdict.None(Golden.Difference(Page, documented, [.. Codes(typeof(LintCodes)).Select(code => $"`{code}`")]));
        Assert.All(table.Rows, row => Assert.Matches(@"^\| `[a-z-]+` \| (warning|info|warning, info) \| §\d+(\.\d+)?(, §\d+(\.\d+)?)? \| .+ \|$", row));
    }

    [Fact]
    public void Codes_are_lower_case_with_hyphens_and_unique()
    {
        string[] codes = [.. Codes(typeof(ValidationCodes)), .. Codes(typeof(AdmissionCodes)), .. Codes(typeof(YamlCodes)), .. Codes(typeof(MeshCodes)), .. Codes(typeof(LintCodes))];
        Assert.All(codes, code => Assert.Matches("^[a-z]+(-[a-z]+)*$", code));
        Assert.Equal(codes.Length, codes.Distinct().Count());
    }

    private static IEnumerable<string> Codes(Type type) =>
        type.GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}
