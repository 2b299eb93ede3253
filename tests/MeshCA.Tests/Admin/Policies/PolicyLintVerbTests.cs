using System.IO;
using System.Text.Json;
using MeshCA.Admin.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyLintVerbTests : IDisposable
{
    private const string Exposed = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: open, namespace: shop}
        spec:
          selector: {matchLabels: {app: cart}}
          rules:
          - {}
        """;

    private const string Invalid = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: bad, namespace: shop}
        spec:
          rules:
          - to: [{operation: {ports: ["80a"]}}]
        """;

    private readonly CommandLineFixture _cli = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _cli.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Findings_are_one_JSON_array()
    {
        Assert.Equal(0, await LintAsync(Write("open.yaml", Exposed), "--output", "json"));

        using var json = JsonDocument.Parse(_cli.Out);
        var finding = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(
            ["severity", "code", "resource", "field", "message", "suggestion", "location"],
            finding.EnumerateObject().Select(member => member.Name));
        Assert.Equal("warning", finding.GetProperty("severity").GetString());
        Assert.Equal("allow-all", finding.GetProperty("code").GetString());
        Assert.Equal("AuthorizationPolicy/shop/open", finding.GetProperty("resource").GetString());
        Assert.Equal("spec.rules[0]", finding.GetProperty("field").GetString());
        Assert.Equal(7, finding.GetProperty("location").GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task No_findings_are_an_empty_array()
    {
        Assert.Equal(0, await LintAsync(Write("none.yaml", ""), "--output", "json"));
        Assert.Equal("[]", _cli.Out.Trim());
    }

    [Theory]
    [InlineData(Exposed, 0)]
    [InlineData(Invalid, 1)]
    [InlineData("kind: [", 1)]
    public async Task Only_an_error_ends_with_1(string policies, int code) => Assert.Equal(code, await LintAsync(Write("p.yaml", policies)));

    [Fact]
    public async Task Text_groups_findings_by_file_and_counts_them()
    {
        var (open, bad) = (Write("a.yaml", Exposed), Write("b.yaml", Invalid));
        Assert.Equal(1, await LintAsync(open, bad));

        string[] lines = _cli.Out.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal([open, bad], lines.Where(line => line.EndsWith(".yaml", StringComparison.Ordinal)));
        Assert.Contains("  7:5  warning  allow-all  AuthorizationPolicy/shop/open  spec.rules[0]", lines);
        Assert.Equal("1 error, 1 warning, 0 notes", lines[^1]);
    }

    [Fact]
    public async Task Policies_of_several_files_are_looked_at_together()
    {
        _ = Write("a.yaml", Exposed);
        _ = Write("b.yaml", Exposed);
        Assert.Equal(1, await LintAsync(_directory.Path, "--output", "json"));
        Assert.Contains("resource-duplicate", _cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_inventory_and_the_meshs_settings_are_taken_into_account()
    {
        var inventory = Write("inventory.yml", "workloads: [{namespace: shop, name: web, labels: {app: web}}]");
        var mesh = Write("mesh.yml", "rootNamespace: shop");
        Assert.Equal(0, await LintAsync(Write("open.yaml", Exposed), "--inventory", inventory, "--mesh", mesh, "--output", "json"));
        Assert.Contains("selector-matches-nothing", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("of the inventory has these labels", _cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_failure_that_names_it()
    {
        Assert.Equal(1, await LintAsync("missing.yaml"));
        Assert.Contains("missing.yaml", _cli.Error, StringComparison.Ordinal);
        Assert.Empty(_cli.Out);
    }

    private Task<int> LintAsync(params string[] arguments) =>
        _cli.RunAsync([new PolicyLintVerb()], TestContext.Current.CancellationToken, ["policy", "lint", .. arguments]);

    private string Write(string name, string text)
    {
        var file = _directory.File(name);
        File.WriteAllText(file, text);
        return file;
    }
}
