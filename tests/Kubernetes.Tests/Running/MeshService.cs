using System.IO;
using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Running;

/// <summary>The service as a pod of its cluster runs it: the real executable, with the service account that <c>deploy/</c> gives it.</summary>
internal sealed class MeshService : IAsyncDisposable
{
    private static int _count;
    private readonly MeshProcess _process;

    private MeshService(MeshProcess process, string store)
    {
        _process = process;
        Store = new StoreFile(Path.Combine(store, "meshca.db"));
    }

    public MeshProcess Process => _process;

    /// <summary>Its database: journal and audit.</summary>
    public StoreFile Store { get; }

    /// <summary>What it logged, for the message of a test that fails.</summary>
    public string Log => _process.Errors;

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="cluster">Its home.</param>
    /// <param name="settings">Settings beside those that let it run here.</param>
    public static async Task<MeshService> StartAsync(KubernetesCluster cluster, params IEnumerable<(string Key, string Value)> settings)
    {
        var service = await LaunchAsync(cluster, settings);
        if (!await service._process.ServesAsync())
        {
            var log = service.Log;
            await service.DisposeAsync();
            Assert.Fail(log);
        }

        return service;
    }

    /// <summary>Starts one and waits until its ports are open.</summary>
    public static async Task<MeshService> StartUnreadyAsync(KubernetesCluster cluster, params IEnumerable<(string Key, string Value)> settings)
    {
        var service = await LaunchAsync(cluster, settings);
        Assert.True(await service._process.ServesAsync(untilReady: false), service.Log);
        return service;
    }

    /// <summary>Starts one without waiting.</summary>
    public static async Task<MeshService> LaunchAsync(KubernetesCluster cluster, params IEnumerable<(string Key, string Value)> settings)
    {
        var directory = Directory.CreateDirectory(cluster.File($"meshca-{Interlocked.Increment(ref _count)}")).FullName;
        var all = new Dictionary<string, string>
        {
            ["Server:Address"] = "127.0.0.1",
            ["Server:Port"] = "0",
            ["Server:HttpAddress"] = "127.0.0.1",
            ["Server:HttpPort"] = "0",
            ["Storage:DirectoryPath"] = Path.Combine(directory, "store"),
            ["Storage:CreateKeyEncryptionKey"] = "true",
            ["Storage:ProbeInterval"] = "00:00:00.2",
            ["Kubernetes:Clusters:0:Id"] = "Kubernetes",
            ["Telemetry:LogFormat"] = "Text",
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        if (!all.ContainsKey("Kubernetes:Clusters:0:Kubeconfig"))
        {
            all["Kubernetes:Clusters:0:Kubeconfig"] = await Installation.KubeconfigAsync(cluster);
        }

        var config = Path.Combine(directory, "settings.json");
        await File.WriteAllTextAsync(config, ToJson(all).ToJsonString(), TestContext.Current.CancellationToken);
        return new MeshService(
            MeshProcess.Launch([MeshProcess.Executable, "serve", "--config", config, "--output", "json"], directory), all["Storage:DirectoryPath"]);
    }

    public MeshClient Connect() => _process.Connect();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // A:0:B becomes {"A": {"0": {"B": ...}}}, which configuration reads as a list.
    private static JsonObject ToJson(Dictionary<string, string> settings)
    {
        var root = new JsonObject();
        foreach (var (key, value) in settings)
        {
            var parts = key.Split(':');
            var at = root;
            foreach (var part in parts.SkipLast(1))
            {
                at = (JsonObject)(at[part] ??= new JsonObject());
            }

            at[parts[^1]] = value;
        }

        return root;
    }
}
