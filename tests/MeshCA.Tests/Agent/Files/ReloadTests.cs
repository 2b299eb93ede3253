using System.Diagnostics;
using System.IO;
using MeshCA.Agent.Files;
using MeshCA.Configuration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Files;

public sealed class ReloadTests : IDisposable
{
    private static readonly DateTimeOffset Written = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    [Fact]
    public async Task A_commands_output_is_logged_and_bounded()
    {
        Assert.Null(await RunAsync(new() { ReloadCommand = ["/bin/sh", "-c", "echo out; echo err >&2; head -c 100000 /dev/zero | tr '\\0' x"] }));

        var message = Assert.Single(_logger.Entries).Message;
        Assert.Contains(": err | out | x", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 2_048, 2_200);
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
        await RunAsync(new() { ReloadCommand = ["/bin/sh", "-c", "sleep 40 & exit 0"], ReloadTimeout = TimeSpan.FromSeconds(20) }));

    [Theory]
    [InlineData(100, 0, false)]
    [InlineData(200, 0, true)]
    [InlineData(200, 1, false)]
    public void A_number_that_another_process_has_by_now_is_stale_until_its_file_is_written_anew(long start, int writtenLater, bool isAnother)
    {
        var told = new Reload.Told(42, new ProcessStart(100, Written.AddSeconds(-1)), Written);

        Assert.False(Reload.IsAnother(null, told));
        Assert.Equal(isAnother, Reload.IsAnother(told, told with { Start = told.Start with { Ticks = start }, Written = Written.AddSeconds(writtenLater) }));
    }

    [Theory]
    [InlineData(-3600, false)]
    [InlineData(0, false)]
    [InlineData(5, false)] // a small step of the clock
    [InlineData(6, true)]
    public void Who_started_after_the_file_was_written_is_not_whom_it_names_and_is_not_told_even_once(int startedAfter, bool isAnother) =>
        Assert.Equal(isAnother, Reload.IsAnother(null, new(42, new ProcessStart(100, Written.AddSeconds(startedAfter)), Written)));

    [Fact]
    public async Task A_stale_file_signals_nobody()
    {
        using var stranger = Process.Start("/bin/sleep", ["600"]);
        try
        {
            await File.WriteAllTextAsync(_directory.File("pid"), $"{stranger.Id}", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(_directory.File("pid"), DateTime.UnixEpoch.AddYears(40));
            File.CreateSymbolicLink(_directory.File("link"), _directory.File("pid")); // whose own time is now

            Assert.Contains("is stale", await RunAsync(new() { ReloadPidFile = _directory.File("pid") }), StringComparison.Ordinal);
            Assert.Contains("is stale", await RunAsync(new() { ReloadPidFile = _directory.File("link") }), StringComparison.Ordinal);
            Assert.False(stranger.HasExited);

            File.SetLastWriteTimeUtc(_directory.File("pid"), stranger.StartTime.ToUniversalTime().AddSeconds(1));
            Assert.Null(await RunAsync(new() { ReloadPidFile = _directory.File("link") }));
            await stranger.WaitForExitAsync(TestContext.Current.CancellationToken); // its end by the signal
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task A_process_that_is_gone_is_a_fault()
    {
        using var gone = Process.Start("/bin/true");
        await gone.WaitForExitAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("pid"), $"{gone.Id}", TestContext.Current.CancellationToken);

        Assert.Contains($"there is no process {gone.Id}", await RunAsync(new() { ReloadPidFile = _directory.File("pid") }), StringComparison.Ordinal);
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
