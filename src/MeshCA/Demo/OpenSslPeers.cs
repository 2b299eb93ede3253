using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Text.RegularExpressions;

namespace MeshCA.Demo;

/// <summary>Two workloads played by the openssl command line, a TLS stack that is not ours.</summary>
internal static partial class OpenSslPeers
{
    private const string Message = "mesh";
    private const string Reply = "hsem"; // s_server -rev answers each line reversed
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Verifies a leaf's chain with <c>openssl verify</c>.</summary>
    /// <returns>Null, or what openssl said.</returns>
    public static Task<string?> VerifyAsync(string directory, CancellationToken cancellationToken) =>
        GuardAsync(() => RunVerifyAsync(directory, cancellationToken));

    /// <summary>Lets one workload serve and the other call it, each demanding and verifying the other's certificate.</summary>
    /// <returns>Null if the message and its reply went through, or what openssl said.</returns>
    public static Task<string?> HandshakeAsync(string server, string client, CancellationToken cancellationToken) =>
        GuardAsync(() => RunHandshakeAsync(server, client, cancellationToken));

    // Where openssl is missing or hangs, the step has failed; the demo says so.
    private static async Task<string?> GuardAsync(Func<Task<string?>> run)
    {
        try
        {
            return await run();
        }
        catch (Win32Exception e)
        {
            return $"openssl could not be started: {e.Message}";
        }
        catch (TimeoutException)
        {
            return $"no answer within {Timeout.TotalSeconds} s";
        }
    }

    private static async Task<string?> RunVerifyAsync(string directory, CancellationToken cancellationToken)
    {
        using var process = Start(
            directory, "verify", "-purpose", "sslclient", "-CAfile", "root-cert.pem", "-untrusted", "cert-chain.pem", "cert-chain.pem");
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).WaitAsync(Timeout, cancellationToken);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Timeout, cancellationToken);
        return process.ExitCode == 0 ? null : output + await process.StandardError.ReadToEndAsync(cancellationToken);
    }

    private static async Task<string?> RunHandshakeAsync(string server, string client, CancellationToken cancellationToken)
    {
        using var serving = Start(
            server, "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-rev", "-tls1_3",
            "-cert", "cert-chain.pem", "-cert_chain", "cert-chain.pem", "-key", "key.pem",
            "-CAfile", "root-cert.pem", "-Verify", "3", "-verify_return_error");
        try
        {
            var port = await PortOfAsync(serving, cancellationToken);
            return port is null
                ? "openssl s_server did not start: " + await serving.StandardError.ReadToEndAsync(cancellationToken)
                : await CallAsync(client, port, cancellationToken);
        }
        finally
        {
            if (!serving.HasExited)
            {
                serving.Kill();
            }
        }
    }

    private static async Task<string?> CallAsync(string client, string port, CancellationToken cancellationToken)
    {
        using var calling = Start(
            client, "s_client", "-connect", $"127.0.0.1:{port}", "-tls1_3", "-brief",
            "-cert", "cert-chain.pem", "-cert_chain", "cert-chain.pem", "-key", "key.pem",
            "-CAfile", "root-cert.pem", "-verify_return_error");
        await calling.StandardInput.WriteLineAsync(Message.AsMemory(), cancellationToken);
        await calling.StandardInput.FlushAsync(cancellationToken);
        var reply = await calling.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Timeout, cancellationToken);
        calling.StandardInput.Close();
        await calling.WaitForExitAsync(cancellationToken).WaitAsync(Timeout, cancellationToken);
        return reply == Reply ? null : await calling.StandardError.ReadToEndAsync(cancellationToken);
    }

    private static async Task<string?> PortOfAsync(Process serving, CancellationToken cancellationToken)
    {
        while (await serving.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Timeout, cancellationToken) is { } line)
        {
            if (AcceptLine().Match(line) is { Success: true } match)
            {
                return match.Groups[1].Value;
            }
        }

        return null;
    }

    private static Process Start(string directory, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new IOException("openssl could not be started");
    }

    [GeneratedRegex(@"^ACCEPT .*:(\d+)\s*$")]
    private static partial Regex AcceptLine();
}
