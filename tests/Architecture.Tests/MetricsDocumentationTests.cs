using System.IO;
using MeshCA.Telemetry;
using Xunit;

namespace Architecture.Tests;

public sealed class MetricsDocumentationTests
{
    private const string Page = "docs/metrics.md";

    private static IReadOnlyList<string> Rows =>
        [.. Instruments.All.Select(row =>
            $"| `{row.Name}` | {row.Type.ToString().ToLowerInvariant()} | {string.Join(", ", row.Labels.Select(label => $"`{label}`"))} | {row.Help} |")];

    [Fact]
    public void The_page_lists_every_metric_as_the_code_has_it()
    {
        if (Golden.IsUpdating)
        {
            Rewrite();
        }

        var lines = File.ReadAllLines(Path.Combine(Repository.Root, Page));
        Verdict.None(Golden.Difference(Page, [.. lines.Where(IsRow)], Rows));
    }

    [Fact]
    public void Metric_names_are_istiods_or_ours_and_unique()
    {
        Assert.All(Instruments.All, row => Assert.Matches("^(citadel_server|grpc_server|meshca)_[a-z0-9_]+$", row.Name));
        Assert.Equal(Instruments.All.Count, Instruments.All.Select(row => row.Name).Distinct().Count());
    }

    private static bool IsRow(string line) => line.StartsWith("| `", StringComparison.Ordinal);

    private static void Rewrite()
    {
        var path = Path.Combine(Repository.Root, Page);
        var lines = File.ReadAllLines(path);
        var first = Array.FindIndex(lines, IsRow);
        var before = first < 0 ? lines : lines[..first];
        File.WriteAllLines(path, [.. before, .. Rows, .. lines.Skip(before.Length).Where(line => !IsRow(line))]);
    }
}
