using System.IO;
using System.Security.Cryptography;
using KubernetesClient.Models;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using MeshCA.Leadership;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>An API server in memory, and replicas of the service that have it as their home.</summary>
internal sealed class HomeCluster : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _replicas = [];

    private HomeCluster(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }

    public static async Task<HomeCluster> StartAsync()
    {
        var cluster = new HomeCluster(await FakeApiServer.StartAsync(TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(cluster.KeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(cluster.KeyFile, UnixFileMode.UserRead);
        return cluster;
    }

    private string KeyFile => _directory.File("kek");

    /// <summary>The kubeconfig of one replica; its token is its name, so that the server can tell them apart.</summary>
    public string Kubeconfig(string replica) => Kubeconfig(replica, Server.Url);

    /// <summary>The same for another server.</summary>
    public string Kubeconfig(string replica, Uri server)
    {
        var path = _directory.File($"{replica}.kubeconfig");
        File.WriteAllText(
            path,
            $$$"""
            apiVersion: v1
            kind: Config
            current-context: home
            clusters: [{name: home, cluster: {server: "{{{server}}}"}}]
            users: [{name: meshca, user: {token: {{{replica}}}}}]
            contexts: [{name: home, context: {cluster: home, user: meshca}}]
            """);
        return path;
    }

    /// <summary>What one replica has of its own.</summary>
    public MeshHome Home(string replica, params (string Key, string Value)[] settings) => new(
    [
        ("Kubernetes:Clusters:0:Kubeconfig", Kubeconfig(replica)),
        ("Kubernetes:Clusters:0:Tokens:Mode", "Off"), // tokens are those of the configured issuer
        ("Storage:CreateKeyEncryptionKey", "false"),
        ("Storage:KeyEncryptionKeyFile", KeyFile),
        .. settings,
    ]);

    /// <summary>Starts a replica; it need not be able to issue yet.</summary>
    public async Task<TestMesh> StartAsync(string replica, params (string Key, string Value)[] settings)
    {
        var home = Home(replica, settings);
        var mesh = new TestMesh(home, Assert.IsType<ServerStart.Started>(await home.TryStartAsync()).Server);
        _replicas.Add(mesh);
        await Eventually.TrueAsync(async () => (await mesh.ReadinessAsync()).Contains(" keys\"", StringComparison.Ordinal), "the issuer's keys");
        return mesh;
    }

    /// <summary>Starts a replica with the shared secret and a lease.</summary>
    public Task<TestMesh> StartReplicaAsync(string replica, params (string Key, string Value)[] settings) => StartAsync(
        replica,
        [
            ("Authorities:Secret", "mesh/meshca-authorities"),
            ("LeaderElection:Lease", "mesh/meshca"),
            ("LeaderElection:Identity", replica),
            ("LeaderElection:LeaseDuration", "00:00:03"),
            ("LeaderElection:RenewDeadline", "00:00:02"),
            ("LeaderElection:RetryPeriod", "00:00:00.2"),
            .. settings,
        ]);

    /// <summary>Waits until a replica leads and can issue.</summary>
    public static async Task LeadsAsync(TestMesh mesh)
    {
        await Eventually.TrueAsync(() => mesh.Part<SigningRight>().Term is not null, "the right to sign");
        await Eventually.TrueAsync(async () => await mesh.ReadinessCodeAsync() == 200, "readiness");
        await mesh.ReadBundleAsync();
    }

    /// <summary>Cuts one replica off from the API server, or lets it in again.</summary>
    public void CutOff(string? replica) =>
        Server.Fault = request => replica is not null && request.Authorization == $"Bearer {replica}" ? new FakeApiFault.Abort() : null;

    public void AddNamespace(string name, string phase = "Active") =>
        Server.Put(new V1Namespace { Metadata = new() { Name = name }, Status = new() { Phase = phase } });

    public string? Data(string configMap, string ns, string key) =>
        Server.Find<V1ConfigMap>(configMap, ns)?.Data?.GetValueOrDefault(key);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
