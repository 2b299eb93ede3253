using System.IO;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using MeshCA.Admin;
using MeshCA.Admin.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyDecideVerbTests
{
    private const string Read =
        """{"context":{"workload":{"namespace":"shop","labels":{"app":"api"}}},"request":{"source_principal":"spiffe://cluster.local/ns/shop/sa/web","http":{"method":"GET","path":"/items"}}}""";

    private const string Plaintext =
        """{"context":{"workload":{"namespace":"shop"}},"request":{"http":{"method":"GET","path":"/items"}}}""";

    [Fact]
    public async Task Lines_are_answered_in_order()
    {
        var result = (await CallAsync($"{Read}\r\n\n{Plaintext}\n  \n{Read}")).Ends(ExitCode.Ok);

        Assert.Equal(["allow", "deny", "allow"], result.Out.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line).GetProperty("decision").GetString()));
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task A_malformed_line_is_answered_and_the_others_too()
    {
        var lines = (await CallAsync($"{Read}\n{{\n{Read}\n")).Ends(ExitCode.Failure).Out.TrimEnd().Split('\n');

        Assert.StartsWith("""{"decision":"allow",""", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("""{"decision":"deny","error":"the line is no JSON""", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines[0], lines[2]);
    }

    [Fact]
    public async Task A_line_is_answered_before_the_next_is_written()
    {
        var (input, answers) = (new Pipe(), new Pipe());
        await using var written = new StreamWriter(input.Writer.AsStream());
        using var read = new StreamReader(answers.Reader.AsStream());
        await using var output = new StreamWriter(answers.Writer.AsStream());
        var console = new AdminConsole(() => input.Reader.AsStream(), output, TextWriter.Null);
        var run = new AdminCommandLine(console, [new PolicyDecideVerb()]).RunAsync(
            ["policy", "decide", "--policies", PolicyCli.PathOf("shop.yaml")], TestContext.Current.CancellationToken);

        foreach (var (line, decision) in new[] { (Read, "allow"), (Plaintext, "deny"), (Read, "allow") })
        {
            await written.WriteLineAsync(line.AsMemory(), TestContext.Current.CancellationToken);
            await written.FlushAsync(TestContext.Current.CancellationToken);
            Assert.Contains($"\"{decision}\"", await read.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await input.Writer.CompleteAsync();
        Assert.Equal(0, await run);
    }

    [Fact]
    public async Task Ten_thousand_lines_are_all_answered()
    {
        var result = await CallAsync(string.Concat(Enumerable.Repeat(Read + "\n" + Plaintext + "\n", 5_000)));

        var lines = result.Ends(ExitCode.Ok).Out.TrimEnd().Split('\n');
        Assert.Equal(10_000, lines.Length);
        Assert.Equal(2, lines.Distinct().Count());
    }

    [Fact]
    public async Task Invalid_policies_are_reported_and_deny()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            directory.File("p.yaml"),
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p}\nspec: {rules: [{to: [{operation: {ports: ['x']}}]}]}\n",
            TestContext.Current.CancellationToken);
        string[] arguments = ["policy", "decide", "--policies", directory.Path];

        var held = (await Cli.CallWithInputAsync("{}", arguments)).Ends(ExitCode.Ok);
        Assert.Contains("AuthorizationPolicy/default/p is invalid", held.Out, StringComparison.Ordinal);
        Assert.Contains("p.yaml:4:", held.Error, StringComparison.Ordinal);
        Assert.Contains("error: AuthorizationPolicy/default/p: spec.rules[0].to[0].operation.ports[0]: ", held.Error, StringComparison.Ordinal);

        var allowed = (await Cli.CallWithInputAsync("{}", [.. arguments, "--allow-invalid"])).Ends(ExitCode.Ok);
        Assert.Contains("none of their rules matched", allowed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Findings_about_the_policies_of_a_line_name_the_line()
    {
        var line = JsonSerializer.Serialize(new Dictionary<string, string> { ["policies_yaml"] = "kind: [" });
        var result = (await CallAsync($"{Read}\n{line}\n")).Ends(ExitCode.Ok);

        Assert.Contains("line 2: policies_yaml:1:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_of_the_mesh_hold_where_a_line_does_not_say_otherwise()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("mesh.yaml"), "rootNamespace: shop\n", TestContext.Current.CancellationToken);
        var result = await CallAsync(
            """
            {"request":{}}
            {"context":{"root_namespace":"other"},"request":{}}
            """,
            "--mesh",
            directory.File("mesh.yaml"));

        Assert.Equal(["deny", "allow"], result.Ends(ExitCode.Ok).Out.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line).GetProperty("decision").GetString()));
    }

    [Fact]
    public async Task Settings_that_are_refused_end_the_run()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("mesh.yaml"), "rootNamespace: [", TestContext.Current.CancellationToken);

        (await CallAsync("{}", "--mesh", directory.File("mesh.yaml"))).Ends(ExitCode.Invalid);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_named()
    {
        var result = (await Cli.CallWithInputAsync("", "policy", "decide", "--policies", "no-such-path")).Ends(ExitCode.Failure);

        Assert.Contains("`no-such-path`", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Input_may_be_a_file()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("in.jsonl"), Read, Encoding.UTF8, TestContext.Current.CancellationToken);

        Assert.Contains("\"allow\"", (await CallAsync("", "--input", directory.File("in.jsonl"))).Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
    }

    private static Task<CliResult> CallAsync(string input, params string[] arguments) =>
        PolicyCli.CallAsync(input, ["decide", "--policies", PolicyCli.PathOf("shop.yaml"), .. arguments]);
}
