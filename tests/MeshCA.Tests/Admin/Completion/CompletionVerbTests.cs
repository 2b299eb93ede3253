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
    [InlineData("aud", "audit")]
    [InlineData("audit l", "list")]
    [InlineData("audit list --sin", "--since")]
    [InlineData("--output json audit ver", "verify")]
    [InlineData("audit list --output ", "json table")]
    [InlineData("cert request --key Ec", "EcdsaP256 EcdsaP384")]
    [InlineData("completion ", "bash fish zsh", "--")]
    [InlineData("audit nothing", "")]
    public async Task Fish_completes_commands_options_and_values(string line, string completions, string without = "")
    {
        var said = await RunAsync("fish", "--no-config", "-c", $"source '{await WriteAsync("fish")}'; complete -C 'meshca {line}'");
        var offered = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(word => without.Length == 0 || !word.StartsWith('-'));
        Assert.Equal(completions, string.Join(' ', offered));
    }

    [Fact]
    public async Task Zsh_completes_commands_options_and_values_where_tab_is_pressed()
    {
        string[][] lines =
        [
            ["meshca aud", "meshca audit "],
            ["meshca audit l", "meshca audit list "],
            ["meshca audit list --sin", "meshca audit list --since "],
            ["meshca --output json audit ver", "meshca --output json audit verify "],
            ["meshca audit list --output j", "meshca audit list --output json "],
            ["meshca cert request --key EcdsaP2", "meshca cert request --key EcdsaP256 "],
            ["meshca completion z", "meshca completion zsh "],
            ["meshca audit nothing", "meshca audit nothing"],
        ];

        // An interactive shell on a terminal of its own; its line is written down behind each Tab. An empty directory, for it offers files too.
        var (driver, result) = (_directory.File("driver.zsh"), _directory.File("lines"));
        await File.WriteAllTextAsync(
            driver,
            """
            zmodload zsh/zpty
            script=$1 result=$2; shift 2
            zpty shell "TERM=dumb zsh -f -i"
            zpty -w shell "autoload -Uz compinit; compinit -D -u; source '$script'; show() { print -r -- \"\$BUFFER\" >> '$result'; BUFFER= }; zle -N show; bindkey '^G' show"
            for line in "$@"; do zpty -w -n shell "$line"$'\t\a'; done
            zpty -w shell exit
            while zpty -r shell said; do :; done
            """,
            TestContext.Current.CancellationToken);
        await RunAsync("zsh", ["-f", driver, await WriteAsync("zsh"), result, .. lines.Select(line => line[0])]);
        Assert.Equal(lines.Select(line => line[1]), await File.ReadAllLinesAsync(result, TestContext.Current.CancellationToken));
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

    private async Task<string> WriteAsync(string shell)
    {
        var path = _directory.File($"meshca.{shell}");
        await File.WriteAllTextAsync(path, (await Cli.CallAsync("completion", shell)).Ends(ExitCode.Ok).Out, TestContext.Current.CancellationToken);
        return path;
    }

    private async Task<string> RunAsync(string shell, params string[] arguments)
    {
        var start = new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory.CreateDirectory(_directory.File("empty")).FullName,
        };
        start.Environment["HOME"] = _directory.Path;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await errors);
        return said;
    }
}
