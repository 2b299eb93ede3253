using System.IO;
using System.Net.Http;
using System.Text.Json;
using MeshCA.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class ServeVerbTests : IDisposable
{
    private static readonly string[] Quiet =
        ["--set", "Server:Port=0", "--set", "Server:HttpPort=0", "--set", "Logging:LogLevel:Default=None", "--output", "json"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_wrong_setting_is_told_at_once_before_anything_is_made()
    {
        var served = await Cli.CallAsync(
            "serve", "--data", _directory.File("store"),
            "--set", "Server:Port=70000", "--set", "Limits:IdentityBurst=1", "--set", "Csr:NoSuchSetting=1",
            "--set", "Issuance:DefaultLifetime=soon", "--set", "Telemetry:TraceRatio=2",
            "--set", "Kubernetes:Clusters:0:NoSuchSetting=1", "--set", "Athentication:TokenCache:MaxEntries=1", "--set", "Port=1");

        served.Ends(ExitCode.Usage).Says("Port");
        Assert.Contains("IdentityBurst", served.Error, StringComparison.Ordinal);
        Assert.Contains("There is no setting `Csr:NoSuchSetting`.", served.Error, StringComparison.Ordinal);
        Assert.Contains("There is no setting `Kubernetes:Clusters:0:NoSuchSetting`.", served.Error, StringComparison.Ordinal);
        Assert.Contains("There is no section `Athentication` of settings.", served.Error, StringComparison.Ordinal);
        Assert.Contains("There is no section `Port` of settings.", served.Error, StringComparison.Ordinal);
        Assert.Contains("DefaultLifetime", served.Error, StringComparison.Ordinal);
        Assert.Contains("TraceRatio", served.Error, StringComparison.Ordinal);
        Assert.Contains("KeyEncryptionKeyFile", served.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("store")));
    }

    [Theory]
    [InlineData("--set", "Server")]
    [InlineData("--set", "=1")]
    public async Task A_setting_without_a_value_ends_with_2(string option, string value) =>
        (await Cli.CallAsync("serve", option, value)).Ends(ExitCode.Usage).Says("Section:Key=value");

    [Fact]
    public async Task A_file_that_is_no_json_ends_with_2()
    {
        await File.WriteAllTextAsync(_directory.File("settings.json"), "{");

        (await Cli.CallAsync("serve", "--config", _directory.File("settings.json"))).Ends(ExitCode.Usage).Says("settings.json");
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_with_1() =>
        (await Cli.CallAsync("serve", "--config", _directory.File("settings.json"))).Ends(ExitCode.Failure).Says("settings.json");

    [Fact]
    public async Task A_service_says_where_it_serves_and_a_signal_ends_it_with_0()
    {
        await using var service = await RunningServe.StartAsync(["--dev", "--data", _directory.Path, .. Quiet]);

        Assert.Equal(["meshAddress", "httpAddress", "adminSocket", "mintHint"], CliResult.Members(service.Report));
        using var http = new HttpClient();
        var live = new Uri(new Uri(service.Report.GetProperty("httpAddress").GetString()!), "/healthz/live");
        Assert.Equal("ok\n", await http.GetStringAsync(live, TestContext.Current.CancellationToken));
        Assert.Contains("token mint --data", service.Report.GetProperty("mintHint").GetString(), StringComparison.Ordinal);
        var socket = service.Report.GetProperty("adminSocket").GetString()!;
        (await Cli.CallAsync("root", "list", "--socket", socket)).Ends(ExitCode.Ok);
        Assert.Equal(0, await service.StopAsync());
    }

    [Fact]
    public async Task A_directory_that_is_too_deep_for_a_socket_is_served_without_one()
    {
        var deep = _directory.File(new string('d', 90));
        await using var service = await RunningServe.StartAsync(["--dev", "--data", deep, .. Quiet]);

        Assert.Equal(JsonValueKind.Null, service.Report.GetProperty("adminSocket").ValueKind);
    }

    [Fact]
    public async Task An_empty_setting_turns_the_socket_of_development_off()
    {
        await using var service = await RunningServe.StartAsync(["--dev", "--data", _directory.Path, .. Quiet, "--set", "Server:AdminSocket="]);

        Assert.Equal(JsonValueKind.Null, service.Report.GetProperty("adminSocket").ValueKind);
    }

    [Fact]
    public async Task A_second_service_on_the_same_store_ends_with_4()
    {
        await using var service = await RunningServe.StartAsync(["--dev", "--data", _directory.Path, .. Quiet]);

        var second = await Cli.CallAsync(["serve", "--dev", "--data", _directory.Path, .. Quiet]);

        second.Ends(ExitCode.Unavailable).Says($"another process serves on the store in `{_directory.Path}`");
    }

    [Fact]
    public async Task Only_development_has_an_issuer_of_its_own()
    {
        await using var service = await RunningServe.StartAsync(
            ["--data", _directory.Path, "--set", "Storage:CreateKeyEncryptionKey=true", "--set", "Server:Address=127.0.0.1",
                "--set", "Server:HttpAddress=127.0.0.1", .. Quiet]);

        Assert.Equal(JsonValueKind.Null, service.Report.GetProperty("mintHint").ValueKind);
        (await Cli.CallAsync("token", "mint", "--data", _directory.Path, "--service-account", "web")).Ends(ExitCode.Failure).Says("no development issuer");
    }

    [Fact]
    public async Task The_directory_that_a_file_names_wins_over_developments_default()
    {
        var settings = new { Storage = new { DirectoryPath = _directory.File("named") } };
        await File.WriteAllTextAsync(_directory.File("settings.json"), JsonSerializer.Serialize(settings));

        await using var service = await RunningServe.StartAsync(["--dev", "--config", _directory.File("settings.json"), .. Quiet]);

        Assert.True(File.Exists(Path.Combine(_directory.File("named"), "meshca.db")));
    }

    [Fact]
    public async Task A_port_in_use_ends_with_1()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        var served = await Cli.CallAsync(["serve", "--dev", "--data", _directory.Path, .. Quiet, "--set", $"Server:Port={port}"]);

        served.Ends(ExitCode.Failure).Says("address already in use");
    }

    /// <summary>A <c>serve</c> under way, until its token is cancelled as by a signal.</summary>
    private sealed class RunningServe : IAsyncDisposable
    {
        private readonly CancellationTokenSource _signal = new();
        private readonly FirstLine _output = new();
        private readonly StringWriter _error = new();
        private readonly Task<int> _ended;

        private RunningServe(string[] arguments) => _ended = Cli.RunAsync("", _output, _error, _signal.Token, ["serve", .. arguments]);

        public JsonElement Report { get; private set; }

        public static async Task<RunningServe> StartAsync(string[] arguments)
        {
            var service = new RunningServe(arguments);
            await Task.WhenAny(service._output.Line, service._ended);
            Assert.True(service._output.Line.IsCompleted, service._error.ToString());
            using var document = JsonDocument.Parse(await service._output.Line);
            service.Report = document.RootElement.Clone();
            return service;
        }

        public async Task<int> StopAsync()
        {
            await _signal.CancelAsync();
            return await _ended;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _signal.Dispose();
            await _output.DisposeAsync();
            await _error.DisposeAsync();
        }
    }

    /// <summary>Tells when the first line was written.</summary>
    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void WriteLine(string? value) => _line.TrySetResult(value ?? "");
    }
}
