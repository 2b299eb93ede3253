using System.Collections.Concurrent;
using Kubernetes.Tests.Running;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Clients;

/// <summary>Copies of objects stay true whatever happens between them and the API server.</summary>
[Trait("Category", "Long")]
public sealed class InformerTests(SharedCluster shared)
{
    private static CancellationToken Ends => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_was_cut_off_while_the_history_was_compacted_lists_anew_and_tells_the_differences()
    {
        // Without its cache the server watches etcd itself, and knows of no more history than etcd has.
        await using var cluster = await KubernetesCluster.StartAsync(new() { Flags = ["--watch-cache=false"] });
        await using var link = new Link(cluster.Address);
        await cluster.CreateNamespaceAsync("gone");
        using var api = cluster.Connect(link.Address);
        var failures = new ConcurrentQueue<ApiFailureKind>();
        var options = new InformerOptions { FirstDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(200), OnFailure = (failure, _) => failures.Enqueue(failure.Kind) };
        var informer = new Informer<V1Namespace>(api, ListQuery.All, options, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ends);
        var running = informer.RunAsync(end.Token);
        await informer.WaitForSyncAsync(Ends);
        var told = new ConcurrentQueue<string>();
        using var subscription = informer.Subscribe((old, now) => told.Enqueue($"{old?.Metadata.Name} -> {now?.Metadata.Name}"));
        told.Clear();
        await cluster.CreateNamespaceAsync("before");
        await Eventually.TrueAsync(() => informer.TryGet("before", null, out _), "the change over the watch");

        link.Cut();
        await cluster.CreateNamespaceAsync("meanwhile");
        await cluster.DeleteNamespaceAsync("gone");
        await cluster.CompactAsync();
        await Eventually.TrueAsync(() => !failures.IsEmpty, "the cut noticed");
        Assert.True(informer.TryGet("gone", null, out _)); // the copy stays as it was
        link.Mend();
        await Eventually.TrueAsync(() => informer.TryGet("meanwhile", null, out _), "the change during the cut");
        await Eventually.TrueAsync(() => !informer.TryGet("gone", null, out _), "the deletion during the cut");
        Assert.Contains("gone -> ", told);
        Assert.Contains(" -> meanwhile", told);

        // And the watch goes on.
        await cluster.CreateNamespaceAsync("after");
        await Eventually.TrueAsync(() => informer.TryGet("after", null, out _), "the change after the cut");
        Assert.Contains(ApiFailureKind.Expired, failures);
        await end.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_copy_outlives_the_api_servers_death()
    {
        await using var cluster = await KubernetesCluster.StartAsync();
        using var api = cluster.Connect();
        var options = new InformerOptions { FirstDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(500) };
        var informer = new Informer<V1ConfigMap>(api, ListQuery.All, options, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ends);
        var running = informer.RunAsync(end.Token);
        await informer.WaitForSyncAsync(Ends);
        var count = informer.Items.Count;
        await cluster.KillServerAsync();
        await Eventually.TrueAsync(() => informer.LastFailure is not null, "the death noticed");
        Assert.Equal(count, informer.Items.Count);

        // Nothing happens, and no bookmark comes: the watch itself is the sign of life.
        var dead = informer.LastContact;
        await cluster.StartServerAsync();
        await Eventually.TrueAsync(() => informer.LastFailure is null && informer.LastContact > dead, "contact without an event");
        await cluster.Admin.PostAsync("/api/v1/namespaces/default/configmaps", System.Text.Json.Nodes.JsonNode.Parse("""{"metadata": {"name": "new"}}""")!);
        await Eventually.TrueAsync(() => informer.TryGet("new", "default", out _), "the change after the restart");
        Assert.Null(informer.LastFailure);
        await end.CancelAsync();
        await running;

        // A server that began anew knows no changes from before.
        var first = await api.WatchAsync<V1Namespace>(ListQuery.All, "2", Ends).FirstAsync(Ends);
        Assert.Equal(ApiFailureKind.Expired, Assert.IsType<WatchEvent<V1Namespace>.Failed>(first).Failure.Kind);
    }

    [Fact]
    public async Task Of_a_thousand_objects_in_pages_a_copy_has_each_once()
    {
        var cluster = await shared.StartedAsync();
        var ns = shared.NewName("many");
        await cluster.CreateNamespaceAsync(ns);
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ends }, async (i, _) => await cluster.CreateAccountAsync(ns, $"a{i}"));
        using var api = cluster.Connect();
        var informer = new Informer<V1ServiceAccount>(api, new ListQuery { Namespace = ns }, new InformerOptions { PageSize = 150 }, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ends);
        var running = informer.RunAsync(end.Token);
        await informer.WaitForSyncAsync(Ends);
        Assert.Equal(1000, informer.Items.Count);
        await end.CancelAsync();
        await running;
    }
}
