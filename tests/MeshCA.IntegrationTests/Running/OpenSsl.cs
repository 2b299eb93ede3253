using System.Diagnostics;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>The openssl command line: a TLS and X.509 implementation that nobody here wrote.</summary>
internal static class OpenSsl
{
    /// <summary>Runs a command to its end.</summary>
    /// <returns>Standard output and standard error together.</returns>
    public static Task<string> RunAsync(params string[] arguments) => RunAsync("", arguments);

    /// <summary>Runs a command to its end with something on its standard input; it must succeed.</summary>
    public static async Task<string> RunAsync(string input, string[] arguments)
    {
        var (code, output) = await Command.RunAsync("openssl", input, arguments);
        Assert.True(code == 0, $"openssl {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>Makes a CSR with a fresh key.</summary>
    /// <param name="arguments">What is special about it, as for <c>openssl req</c>.</param>
    public static async Task<string> CsrAsync(string arguments)
    {
        var output = await RunAsync(["req", "-new", "-nodes", "-keyout", "/dev/null", "-subj", "/", .. arguments.Split(' ')]);
        return output[output.IndexOf("-----BEGIN", StringComparison.Ordinal)..];
    }
}

/// <summary>Runs other programs.</summary>
internal static class Command
{
    /// <summary>Runs one to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, string input, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{program} does not start");
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await errors + await output);
    }
}
