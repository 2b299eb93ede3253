using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using Microsoft.Extensions.Logging;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Clusters;

public sealed class SharedInformersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_kind_is_watched_once_however_many_ask()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await using var shared = Shared(api);
        var early = shared.Get<V1Pod>(ListQuery.All);
        Assert.Same(early, shared.Get<V1Pod>(new ListQuery { Limit = 7 }));
        Assert.NotSame(early, shared.Get<V1Pod>(new ListQuery { Namespace = "shop" }));
        Assert.Empty(server.Requests);
        shared.Start();
        shared.Start();
        var late = shared.Get<V1Namespace>(ListQuery.All);
        await early.WaitForSyncAsync(Token);
        await late.WaitForSyncAsync(Token);
        Assert.Equal(1, server.Requests.Count(request => request is { Path: "/api/v1/pods", IsWatch: false }));
        Assert.Equal(["V1Namespace", "V1Pod"], shared.Kinds);
    }

    [Fact]
    public async Task A_follower_that_throws_breaks_it_for_all_to_see()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await using var shared = Shared(api);
        server.Put(new V1Namespace { Metadata = new() { Name = "shop" } });
        shared.Get<V1Namespace>(ListQuery.All).Subscribe((_, _) => throw new InvalidOperationException("a bug"));
        shared.Start();
        await Assert.ThrowsAsync<InvalidOperationException>(() => shared.Broken.WaitAsync(Token));
    }

    [Fact]
    public async Task An_outage_is_told_once_and_so_is_its_end()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var log = new RecordingLogger();
        var failures = 0;
        var second = new TaskCompletionSource();
        server.Fault = _ =>
        {
            if (++failures == 3)
            {
                second.SetResult();
            }

            return new FakeApiFault.Error(403, "Forbidden");
        };
        await using var shared = Shared(api, log);
        var pods = shared.Get<V1Pod>(ListQuery.All);
        shared.Start();
        await second.Task.WaitAsync(Token);
        server.Fault = null;
        await pods.WaitForSyncAsync(Token);
        Assert.Equal([(9000, LogLevel.Warning), (9001, LogLevel.Information)], log.Entries.Select(entry => (entry.EventId, entry.Level)));
        Assert.Contains("pods of cluster east", log.Entries[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_given_after_its_end()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var shared = Shared(api);
        shared.Get<V1Pod>(ListQuery.All);
        shared.Start();
        await shared.DisposeAsync();
        await shared.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => shared.Get<V1Pod>(ListQuery.All));
    }

    private static SharedInformers Shared(IKubernetes api, RecordingLogger? log = null)
    {
        var quick = new InformerOptions { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(2) };
        return new("east", api, quick, TimeProvider.System, log ?? new RecordingLogger());
    }
}
