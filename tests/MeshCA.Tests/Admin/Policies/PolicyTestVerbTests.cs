using System.IO;
using MeshCA.Admin;
using MeshCA.Admin.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class PolicyTestVerbTests
{
    [Fact]
    public async Task Tests_that_pass_end_with_the_rules_that_none_reaches() =>
        PolicyCli.Matches("test-passed", (await TestAsync("tests")).Ends(ExitCode.Ok).Out);

    [Fact]
    public async Task A_test_that_fails_says_why()
    {
        var result = await TestAsync("tests", "--policies", PolicyCli.PathOf("tests"));

        PolicyCli.Matches("test-failed", result.Ends(ExitCode.Failure).Out); // that directory holds no policies
    }

    [Fact]
    public async Task Json_says_the_same()
    {
        var json = (await TestAsync("tests", "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal((3, 0), (json.GetProperty("passed").GetInt32(), json.GetProperty("failed").GetInt32()));
        Assert.Equal("tests/shop.test.yaml:6:3", json.GetProperty("tests")[0].GetProperty("location").GetString());
        Assert.Equal(2, json.GetProperty("rules_matched").GetInt32());
    }

    [Fact]
    public async Task Policies_beside_a_file_are_meant_where_it_names_none()
    {
        using var directory = new TemporaryDirectory();
        File.Copy(PolicyCli.PathOf("shop.yaml"), directory.File("shop.yaml"));
        await WriteAsync(directory, "");

        Assert.Contains("1 passed", (await Cli.CallAsync("policy", "test", directory.File("t.yaml"))).Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_may_stand_in_the_file_itself()
    {
        using var directory = new TemporaryDirectory();
        var policies = (await File.ReadAllTextAsync(PolicyCli.PathOf("shop.yaml"), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n  ");
        await WriteAsync(directory, $"policies_yaml: |\n  {policies}\n");

        Assert.Contains("1 passed", (await Cli.CallAsync("policy", "test", directory.File("t.yaml"))).Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_without_tests_are_refused() =>
        (await PolicyCli.CallAsync("", "test", PolicyCli.PathOf("shop.yaml"))).Ends(ExitCode.Invalid).Says("there is no test");

    [Fact]
    public async Task A_file_that_is_malformed_is_refused()
    {
        using var directory = new TemporaryDirectory();
        await WriteAsync(directory, "polices: []\n");

        var result = (await Cli.CallAsync("policy", "test", directory.Path)).Ends(ExitCode.Invalid);
        Assert.Contains("polices", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watched_files_are_tested_again_when_one_changes()
    {
        using var directory = new TemporaryDirectory();
        File.Copy(PolicyCli.PathOf("shop.yaml"), directory.File("shop.yaml"));
        await WriteAsync(directory, "");
        var clock = new ManualTimeProvider();
        using var output = new SharedWriter();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var console = new AdminConsole(() => Stream.Null, output, TextWriter.Null);
        var run = new AdminCommandLine(console, [new PolicyTestVerb(clock)]).RunAsync(["policy", "test", directory.Path, "--watch"], stop.Token);

        await PassAsync(clock, () => output.Text.Contains("1 passed", StringComparison.Ordinal));
        File.Delete(directory.File("shop.yaml"));
        await PassAsync(clock, () => output.Text.Contains("1 failed", StringComparison.Ordinal));
        await stop.CancelAsync();

        Assert.Equal((int)ExitCode.Interrupted, await run);
    }

    private static async Task PassAsync(ManualTimeProvider clock, Func<bool> isDone)
    {
        while (!isDone())
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private static Task WriteAsync(TemporaryDirectory directory, string members) => File.WriteAllTextAsync(
        directory.File("t.yaml"),
        $$"""
        apiVersion: meshca/v1
        kind: PolicyTest
        {{members}}tests:
        - name: plaintext is refused
          workload: {namespace: shop}
          expect: {decision: deny, reason: STRICT}
        """,
        TestContext.Current.CancellationToken);

    private static Task<CliResult> TestAsync(string files, params string[] arguments) =>
        PolicyCli.CallAsync("", ["test", PolicyCli.PathOf(files), .. arguments]);

    /// <summary>Text that one task writes while another reads it; a <see cref="StringWriter"/> tears then.</summary>
    private sealed class SharedWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return ToString();
                }
            }
        }

        public override void Write(char value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_lock)
            {
                base.Write(buffer, index, count);
            }
        }

        public override void Write(string? value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            lock (_lock)
            {
                base.Write(buffer);
            }
        }
    }
}
