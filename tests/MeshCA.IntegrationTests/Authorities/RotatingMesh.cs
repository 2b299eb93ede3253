using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>The real executable with its administration socket, ordered about by the real command line, killed and started again.</summary>
internal sealed class RotatingMesh : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string[] _settings;
    private MeshProcess? _process;
    private MeshClient? _client;

    public RotatingMesh(params string[] settings) => _settings =
    [
        $"Server:AdminSocket={Socket}",
        "Authorities:IntermediateLifetime=00:05:00", "Authorities:RootLifetime=01:00:00", "Authorities:CheckInterval=00:00:01",
        "Issuance:DefaultLifetime=00:00:16", "Issuance:MaxLifetime=00:02:00", "Issuance:AuthorityFloor=00:00:01",
        "Limits:IdentityBurst=100000", "Limits:IdentityRatePerSecond=100000",
        "Rotation:PropagationWindow=00:00:02", "Rotation:SettleTime=00:00:01", "Rotation:CheckInterval=00:00:00.2",
        "Rotation:HoldOverdueShare=1", "Rotation:HoldFailureShare=1",
        .. settings,
    ];

    /// <summary>The store's directory, with the dev issuer's key.</summary>
    public string Data => _directory.File("data");

    private string Socket => _directory.File("run/admin.sock");

    public async Task StartAsync()
    {
        var process = await MeshProcess.StartAsync(Data, _settings);
        _client = process.Connect();
        _process = process;
    }

    /// <summary>SIGKILL, and another process on the same store.</summary>
    public async Task RestartAsync()
    {
        var (process, client) = (_process!, _client!);
        _process = null;
        await process.KillAsync();
        client.Dispose();
        await process.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Its TLS port.</summary>
    public Uri Address => _process!.Address;

    /// <summary>A token of an account.</summary>
    public string Token(string account) => _process!.Token(account);

    /// <summary>The serial number of the certificate that the TLS port shows to whoever connects now.</summary>
    public async Task<string> ReadServingSerialAsync()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", Address.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(socket.GetStream());

        // Whoever it is: what clients accept is seen by their own calls.
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
            TestContext.Current.CancellationToken);
        return tls.RemoteCertificate!.GetSerialNumberString();
    }

    /// <summary>The roots as anybody may read them.</summary>
    public async Task<string> ReadRootsAsync() => await _process!.Http.GetStringAsync("/bundle.pem");

    /// <summary>Asks for a certificate.</summary>
    /// <exception cref="InvalidOperationException">The service is being started again.</exception>
    public Task<CsrAnswer> AskAsync(string account, string csr, long seconds) =>
        _process is { } process && _client is { } client
            ? client.AskAsync(csr, new Ask { Token = process.Token(account), Seconds = seconds })
            : throw new InvalidOperationException("the service is down");

    /// <summary>Runs <c>meshca</c> against it.</summary>
    /// <returns>The exit code and the JSON that it printed.</returns>
    public async Task<(int Code, JsonElement Report)> OrderAsync(params string[] arguments)
    {
        var (code, output) = await Command.RunAsync(MeshProcess.Executable, "", [.. arguments, "--socket", Socket, "--output", "json"]);
        try
        {
            using var document = JsonDocument.Parse(output);
            return (code, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"meshca {string.Join(' ', arguments)} ended with {code}: {output}", e);
        }
    }

    /// <summary>The phase of the last rotation; empty before the first, and while the service is being started again.</summary>
    public async Task<string> PhaseAsync()
    {
        try
        {
            // In process: starting a program a second is more than a busy machine can do.
            using var channel = AdminChannel.Open(Socket);
            var client = new MeshCA.Wire.Admin.Authorities.AuthoritiesClient(channel);
            return (await client.GetRotationAsync(new(), cancellationToken: TestContext.Current.CancellationToken)).Record?.Phase ?? "";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }
}
