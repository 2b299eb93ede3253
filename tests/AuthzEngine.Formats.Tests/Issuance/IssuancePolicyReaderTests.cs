using System.Text;
using AuthzEngine.Formats.Issuance;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using Xunit;

namespace AuthzEngine.Formats.Tests.Issuance;

public sealed class IssuancePolicyReaderTests
{
    private static readonly IssuanceBounds Bounds = new()
    {
        MaxLifetime = TimeSpan.FromDays(15),
        MaxTokenLifetime = TimeSpan.FromHours(1),
        Issuers = ["cluster", "edge"],
        Clusters = ["Kubernetes"],
    };

    public static TheoryData<string> Cases() => [.. GoldenFile.Cases("issuance")];

    [Theory, MemberData(nameof(Cases))]
    public void A_policy_reads_as_its_golden_file_says(string name) =>
        GoldenFile.Matches("issuance", name, Dump.Of(Read(GoldenFile.Bytes("issuance", name), name + ".yaml")));

    [Fact]
    public void Every_fault_is_found_at_once_and_each_has_its_place()
    {
        var read = Read(GoldenFile.Bytes("issuance", "refused"), "refused.yaml");
        Assert.Null(read.Value);
        Assert.All(read.Findings, finding => Assert.True(finding.Location is { Line: > 0, Column: > 0 }, finding.Message));
        Assert.True(read.Findings.Select(finding => finding.Location!.Line).Distinct().Count() > 10);
    }

    [Theory]
    [InlineData(IssuancePolicyReader.MaxRules, true)]
    [InlineData(IssuancePolicyReader.MaxRules + 1, false)]
    public void A_policy_has_so_many_rules_and_no_more(int count, bool isTaken)
    {
        var rules = string.Concat(Enumerable.Range(0, count).Select(i => $"- {{name: r{i}, from: {{namespaces: [n{i}]}}}}\n"));
        var read = Read(Encoding.UTF8.GetBytes($"rules:\n{rules}otherwise: DENY\n"), "many.yaml");
        Assert.Equal(isTaken, read.Value is not null);
        Assert.Equal(isTaken ? [] : [IssuanceCodes.TooManyRules], read.Findings.Select(finding => finding.Code));
    }

    [Fact]
    public void A_file_that_is_too_long_is_refused_before_it_is_parsed()
    {
        var read = Read(Encoding.UTF8.GetBytes($"otherwise: ALLOW\n#{new string('x', IssuancePolicyReader.Limits.MaxLength)}"), "long.yaml");
        Assert.Equal([YamlCodes.TooLong], read.Findings.Select(finding => finding.Code));
    }

    [Theory]
    [InlineData("15d", 15 * 86_400)]
    [InlineData("1d2h3m4s", 93_784)]
    [InlineData("90s", 90)]
    [InlineData("007m", 420)]
    [InlineData("", null)]
    [InlineData("0s", null)]
    [InlineData("s", null)]
    [InlineData("12", null)]
    [InlineData("1h1h", null)]
    [InlineData("1m1h", null)]
    [InlineData("1.5h", null)]
    [InlineData("-1h", null)]
    [InlineData("1w", null)]
    [InlineData("1h ", null)]
    [InlineData("1000000000s", null)]
    public void Lengths_of_time_have_one_form(string text, int? seconds)
    {
        Assert.Equal(seconds is not null, ShortDuration.TryParse(text, out var duration));
        Assert.Equal(seconds ?? 0, duration.TotalSeconds);
    }

    private static MeshReadResult<WrittenIssuancePolicy> Read(byte[] utf8, string name) =>
        IssuancePolicyReader.Read(name, utf8, Bounds);
}
