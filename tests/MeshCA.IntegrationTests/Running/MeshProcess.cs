using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Tokens;
using System.Security.Cryptography.X509Certificates;
using System.Net.Http;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>The real executable, <c>meshca serve --dev</c>, in a process of its own.</summary>
internal sealed class MeshProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private string _tokens;

    private MeshProcess(Process process, string tokens)
    {
        _process = process;
        _tokens = tokens;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary>The executable beside this test's own, of the same configuration.</summary>
    public static string Executable { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "MeshCA", new DirectoryInfo(AppContext.BaseDirectory).Name, "meshca"));

    public int Id => _process.Id;

    public Uri Address { get; private set; } = new("https://localhost");

    public HttpClient Http { get; } = new();

    public X509Certificate2Collection Bundle { get; } = [];

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>The command line of a service on a directory.</summary>
    public static IReadOnlyList<string> CommandLine(string data, params string[] settings) =>
    [
        Executable, "serve", "--dev", "--data", data, "--output", "json",
        .. ((string[])["Server:Port=0", "Server:HttpPort=0", "Storage:ProbeInterval=00:00:00.2", .. settings]).SelectMany(s => new[] { "--set", s }),
    ];

    /// <summary>Starts one.</summary>
    /// <param name="commandLine">From <see cref="CommandLine"/>, perhaps behind another program that runs it.</param>
    /// <param name="tokens">Where this process finds the dev issuer's key.</param>
    public static MeshProcess Launch(IReadOnlyList<string> commandLine, string tokens)
    {
        var process = Process.Start(new ProcessStartInfo(commandLine[0], commandLine.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        }) ?? throw new InvalidOperationException("meshca does not start");
        return new MeshProcess(process, tokens);
    }

    /// <summary>Starts one and waits until it serves.</summary>
    public static async Task<MeshProcess> StartAsync(string data, params string[] settings)
    {
        var process = Launch(CommandLine(data, settings), data);
        Assert.True(await process.ServesAsync(), process.Errors);
        return process;
    }

    /// <summary>Waits until it serves or ends.</summary>
    /// <param name="untilReady">Whether it must come to be ready; a standby does not.</param>
    public async Task<bool> ServesAsync(bool untilReady = true)
    {
        var report = new StringBuilder();
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            report.AppendLine(line);
            if (TryParse(report.ToString()) is { } document)
            {
                using (document)
                {
                    Address = new Uri(document.RootElement.GetProperty("meshAddress").GetString()!);
                    Http.BaseAddress = new Uri(document.RootElement.GetProperty("httpAddress").GetString()!);
                }

                if (!untilReady)
                {
                    return true;
                }

                await Eventually.TrueAsync(async () => await ReadinessAsync() is (200, _), "readiness");
                await ReadBundleAsync();
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the trust bundle anew.</summary>
    public async Task ReadBundleAsync()
    {
        var pem = await Http.GetStringAsync("/bundle.pem");
        Bundle.Clear();
        Bundle.ImportFromPem(pem);
    }

    public MeshClient Connect() => new(new ClientSetUp { Address = Address, Roots = Bundle });

    public async Task<(int Code, string Text)> ReadinessAsync()
    {
        using var response = await Http.GetAsync("/healthz/ready");
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Says where this process finds the key of the dev issuer.</summary>
    public void FindTokens(string directory) => _tokens = directory;

    /// <summary>A token of the dev issuer.</summary>
    public string Token(string account = "web")
    {
        Assert.True(DevTokenIssuer.TryOpen(_tokens, TimeProvider.System, out var issuer));
        using (issuer)
        {
            Assert.True(ServiceAccount.TryParse($"system:serviceaccount:default:{account}", out var subject));
            return issuer.Mint(new DevToken { Account = subject });
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as Kubernetes stops a pod.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        if (!_process.HasExited)
        {
            await Command.RunAsync("kill", "", ["-TERM", $"{_process.Id}"]);
        }

        return await ExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
    }

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null; // the report goes on in the next line
        }
    }
}
