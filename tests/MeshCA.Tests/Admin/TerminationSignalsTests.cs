using System.Diagnostics;
using System.IO;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class TerminationSignalsTests
{
    // More than a pipe holds: once it is written, the process is reading, and listens for signals.
    private static readonly string MoreThanAPipe = new('x', 512 * 1024);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_a_command_that_waits_with_130(string signal)
    {
        var cancellationToken = TestContext.Current.CancellationToken;

        // A shell without job control has its background jobs ignore SIGINT, and so what they start: the test may be one of these.
        using var process = Start(
            "env", $"--default-signal={signal}", Path.Combine(AppContext.BaseDirectory, "meshca"), "cert", "inspect", "-");
        await process.StandardInput.WriteAsync(MoreThanAPipe.AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);

        using var kill = Start("/bin/sh", "-c", $"kill -{signal} {process.Id}");
        await process.WaitForExitAsync(cancellationToken);

        Assert.Equal(130, process.ExitCode);
        Assert.Empty(await process.StandardOutput.ReadToEndAsync(cancellationToken));
    }

    private static Process Start(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
