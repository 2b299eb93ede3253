using System.Diagnostics;
using System.IO;
using MeshCA.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Completion;

public sealed class CompletionVerbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("aud", "audit")]
    [InlineData("audit l", "list")]
    [InlineData("audit list --sin", "--since")]
    [InlineData("--output json audit ver", "verify")]
    [InlineData("audit list --output ", "json table")]
    [InlineData("cert request --key Ec", "EcdsaP256 EcdsaP384")]
    [InlineData("completion ", "bash fish zsh", "--")]
    [InlineData("audit nothing", "")]
    public async Task Bash_completes_commands_options_and_values(string line, string completions, string without = "")
    {
        var script = (await Cli.CallAsync("completion", "bash")).Ends(ExitCode.Ok).Out;
        await File.WriteAllTextAsync(_directory.File("meshca.bash"), script, TestContext.Current.CancellationToken);
        string[] words = ["meshca", .. line.Split(' ')];
        var test = $"source '{_directory.File("meshca.bash")}'; COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); "
            + $"COMP_CWORD={words.Length - 1}; _meshca; echo \"${{COMPREPLY[@]}}\"";
        var start = new ProcessStartInfo("bash", ["--norc", "-c", test]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var bash = Process.Start(start)!;
        var said = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            completions,
            string.Join(' ', said.Trim().Split(' ').Where(word => without.Length == 0 || !(word.StartsWith('-')))));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("fish")]
    [InlineData("zsh")]
    public async Task Every_shells_script_knows_every_verb(string shell)
    {
        var script = (await Cli.CallAsync("completion", shell)).Ends(ExitCode.Ok).Out;
        Assert.All(AdminVerbs.All(TimeProvider.System), verb => Assert.Contains($"'{verb.Name}'", script, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_shell_is_refused() => (await Cli.CallAsync("completion", "cmd")).Ends(ExitCode.Usage);
}
