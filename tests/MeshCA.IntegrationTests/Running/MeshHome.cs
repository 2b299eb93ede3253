using System.IO;
using System.Text.Json.Nodes;
using MeshCA.Hosting;
using MeshCA.Policies;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>What outlives one run of the service: directory, settings, clock, and the cluster whose tokens it accepts.</summary>
internal sealed class MeshHome : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private int _disposed;

    public MeshHome(params (string Key, string Value)[] settings)
    {
        System.IO.File.WriteAllText(File("jwks.json"), TestTokenSigner.KeySet(Signer));
        Set(
            ("Server:Address", "127.0.0.1"),
            ("Server:Port", "0"),
            ("Server:HttpAddress", "127.0.0.1"),
            ("Server:HttpPort", "0"),
            ("Storage:DirectoryPath", File("store")),
            ("Storage:CreateKeyEncryptionKey", "true"),
            ("Storage:ProbeInterval", "00:00:00.2"),
            ("Authorities:CheckInterval", "00:00:01"),
            ("Authentication:Issuers:0:Name", "cluster"),
            ("Authentication:Issuers:0:Issuer", TestClaims.Issuer),
            ("Authentication:Issuers:0:JwksFile", File("jwks.json")),
            ("Authentication:Issuers:0:ClusterAliases:0", "primary"),
            ("Authentication:Issuers:0:RefreshInterval", "00:00:01"),
            ("Logging:LogLevel:Default", "None"),
            ("Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "None"));
        Set(settings);
    }

    public ShiftedClock Clock { get; } = new();

    /// <summary>The policies to decide by; null: the service has no source of them.</summary>
    public TestPolicies? Policies { get; init; }

    /// <summary>Replaces parts of the service.</summary>
    public Action<IServiceCollection> Parts { get; init; } = _ => { };

    /// <summary>The cluster's API server, as far as tokens go.</summary>
    public TestTokenSigner Signer { get; } = new("ES256", "k1");

    public StoreFile Store => new(Path.Combine(File("store"), "meshca.db"));

    private Dictionary<string, string?> Settings { get; } = [];

    public string File(string name) => _directory.File(name);

    /// <summary>Changes settings for the next start.</summary>
    public void Set(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings)
        {
            Settings[key] = value;
        }
    }

    /// <summary>A token of the cluster for a service account in <c>shop</c>.</summary>
    public string Token(string account = "cart", Action<JsonObject>? change = null)
    {
        var claims = TestClaims.Of(Clock.GetUtcNow(), account: account);
        change?.Invoke(claims);
        return Signer.Sign(claims);
    }

    public Task<ServerStart> TryStartAsync() => MeshServer.StartAsync(
        new ConfigurationBuilder().AddInMemoryCollection(Settings).Build(),
        new ServerSetUp { Clock = Clock, Services = AddParts },
        TestContext.Current.CancellationToken);

    private void AddParts(IServiceCollection services)
    {
        Parts(services);
        if (Policies is not null)
        {
            services.AddSingleton<IPolicySnapshots>(Policies);
        }
    }

    public async Task<TestMesh> StartAsync()
    {
        var started = await TryStartAsync();
        Assert.True(started is ServerStart.Started, $"{(started as ServerStart.Refused)?.Error}: {string.Join("; ", (started as ServerStart.Refused)?.Faults ?? [])}");
        var mesh = new TestMesh(this, ((ServerStart.Started)started).Server);
        await mesh.ReadBundleAsync();

        // The first keys are read in the background; a token that comes before them is told to come again.
        await Eventually.TrueAsync(async () => (await mesh.ReadinessAsync()).Contains(" keys\"", StringComparison.Ordinal), "the issuer's keys");
        return mesh;
    }

    /// <summary>A start that must be refused.</summary>
    public async Task<ServerStart.Refused> RefusalAsync() => Assert.IsType<ServerStart.Refused>(await TryStartAsync());

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Signer.Dispose();
        _directory.Dispose();
    }
}
