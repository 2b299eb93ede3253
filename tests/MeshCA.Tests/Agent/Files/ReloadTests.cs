using System.IO;
using MeshCA.Agent.Files;
using MeshCA.Configuration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Files;

public sealed class ReloadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    [Fact]
    public async Task A_commands_output_is_logged_and_bounded()
    {
        Assert.Null(await RunAsync(new() { ReloadCommand = ["/bin/sh", "-c", "echo out; echo err >&2; head -c 100000 /dev/zero | tr '\\0' x"] }));

        var message = Assert.Single(_logger.Entries).Message;
        Assert.Contains("out", message, StringComparison.Ordinal);
        Assert.Contains("err", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 4_000, 5_000);
    }

    [Theory]
    [InlineData("/bin/false", "ended with 1")]
    [InlineData("/does/not/exist", "/does/not/exist")]
    public async Task A_command_that_fails_is_a_fault(string program, string fault) =>
        Assert.Contains(fault, await RunAsync(new() { ReloadCommand = [program] }), StringComparison.Ordinal);

    [Fact]
    public async Task No_shell_sees_the_arguments()
    {
        Assert.Null(await RunAsync(new() { ReloadCommand = ["/bin/echo", "$HOME; touch x"] }));
        Assert.Contains("$HOME; touch x", Assert.Single(_logger.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_hangs_is_killed_with_its_children() => Assert.Contains(
        "did not end",
        await RunAsync(new() { ReloadCommand = ["/bin/sh", "-c", "sleep 600 & wait"], ReloadTimeout = TimeSpan.FromSeconds(1) }),
        StringComparison.Ordinal);

    [Fact]
    public async Task What_a_command_leaves_running_with_its_output_does_not_make_it_fail() => Assert.Null(
        await RunAsync(new() { ReloadCommand = ["/bin/sh", "-c", "sleep 4 & exit 0"], ReloadTimeout = TimeSpan.FromSeconds(1) }));

    [Theory]
    [InlineData("100", 0, false)]
    [InlineData("200", 0, true)]
    [InlineData("200", 1, false)]
    public void A_number_that_another_process_has_by_now_is_stale_until_its_file_is_written_anew(string start, int writtenLater, bool isAnother)
    {
        var told = new Reload.Told(42, "100", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.False(Reload.IsAnother(null, told));
        Assert.Equal(isAnother, Reload.IsAnother(told, told with { Start = start, Written = told.Written.AddSeconds(writtenLater) }));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("12x")]
    [InlineData("")]
    public async Task A_pid_file_that_names_no_single_process_signals_nobody(string content)
    {
        await File.WriteAllTextAsync(_directory.File("pid"), content, TestContext.Current.CancellationToken);

        Assert.Contains("no process number", await RunAsync(new() { ReloadPidFile = _directory.File("pid") }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_pid_file_is_a_fault() =>
        Assert.NotNull(await RunAsync(new() { ReloadPidFile = _directory.File("none") }));

    public void Dispose()
    {
        _directory.Dispose();
        _logger.Dispose();
    }

    private Task<string?> RunAsync(AgentFilesOptions options) => new Reload(options, _logger).RunAsync(TestContext.Current.CancellationToken);
}
