using System.Net.Http;
using MeshCA.Admin;
using MeshCA.Authentication.Development;
using MeshCA.Configuration;
using MeshCA.Hosting;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin;

/// <summary>A development service on ports of the system's choice, for tests that call it through the command line.</summary>
public sealed class RunningMesh : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private MeshServer? _server;

    /// <summary>Directory of the store.</summary>
    public string Data => _directory.File("store");

    /// <summary>The administration socket.</summary>
    public string Socket => _directory.File("run/admin.sock");

    /// <summary>File with the published roots.</summary>
    public string Roots => _directory.File("roots.pem");

    public string Address => new UriBuilder(Server.MeshAddress) { Host = "localhost" }.Uri.ToString();

    public string HttpAddress => Server.HttpAddress.ToString();

    private MeshServer Server => _server ?? throw new InvalidOperationException("the service is not started yet");

    public string File(string name) => _directory.File(name);

    public async ValueTask InitializeAsync()
    {
        using var issuer = DevTokenIssuer.OpenOrCreate(Data, TimeProvider.System);
        var defaults = new Dictionary<string, string?>
        {
            ["Storage:DirectoryPath"] = Data,
            ["Storage:CreateKeyEncryptionKey"] = "true",
            ["Server:Address"] = "127.0.0.1",
            ["Server:Port"] = "0",
            ["Server:HttpAddress"] = "127.0.0.1",
            ["Server:HttpPort"] = "0",
            ["Server:AdminSocket"] = Socket,
            ["Logging:LogLevel:Default"] = "None",
        };
        Assert.True(Settings.TryGather(defaults, null, [], out var settings, out var fault), fault);
        var start = await MeshServer.StartAsync(
            settings, new ServerSetUp { MoreIssuers = [DevTokenIssuer.ToOptions(Data)] }, TestContext.Current.CancellationToken);
        _server = Assert.IsType<ServerStart.Started>(start).Server;
        await WaitUntilReadyAsync();
        var bundle = (await Cli.CallAsync("bundle", "show", "--url", HttpAddress)).Ends(ExitCode.Ok);
        await System.IO.File.WriteAllTextAsync(Roots, bundle.Out);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Mints a token into a file, as the command line does.</summary>
    internal async Task<string> TokenFileAsync(string account, params string[] more)
    {
        var minted = (await Cli.CallAsync(["token", "mint", "--data", Data, "--service-account", account, .. more])).Ends(ExitCode.Ok);
        var file = File($"{account}.{Guid.NewGuid():N}.token");
        await System.IO.File.WriteAllTextAsync(file, minted.Out);
        return file;
    }

    /// <summary>Requests a certificate with a token.</summary>
    internal Task<CliResult> RequestAsync(string tokenFile, string home, params string[] more) =>
        Cli.CallAsync(["cert", "request", "--address", Address, "--roots", Roots, "--token", tokenFile, "--out", home, .. more]);

    // The issuer's keys are read in the background.
    private async Task WaitUntilReadyAsync()
    {
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            using var answer = await http.GetAsync(new Uri(Server.HttpAddress, "/healthz/ready"));
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("the service did not get ready");
    }
}

/// <summary>The tests that share one service; a test class adds to its journal, so none may count all of it.</summary>
[CollectionDefinition(Name)]
public sealed class RunningMeshCollection : ICollectionFixture<RunningMesh>
{
    public const string Name = "running mesh";
}
