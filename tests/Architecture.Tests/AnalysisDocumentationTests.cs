using System.Text.RegularExpressions;
using MeshCA.ClusterAnalysis;
using Xunit;

namespace Architecture.Tests;

public sealed class AnalysisDocumentationTests
{
    [Fact]
    public void Every_code_is_listed_with_its_level() => new DocumentedTable("docs/analysis-findings.md", "# Findings of `meshca analyze`").MatchesBeginnings(
        [.. Codes().Select(code => $"| `{code.Id}` | {Enum.GetName(code.Severity)!.ToLowerInvariant()} |")]);

    [Fact]
    public void Codes_are_unique_and_of_one_form()
    {
        var codes = Codes().Select(code => code.Id).ToList();
        Assert.Equal(codes.Count, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches(new Regex("^(MCA|IST)[0-9]{4}$"), code));
    }

    private static IEnumerable<AnalysisCode> Codes() => typeof(AnalysisCode).GetFields().Select(field => field.GetValue(null)).OfType<AnalysisCode>();
}
