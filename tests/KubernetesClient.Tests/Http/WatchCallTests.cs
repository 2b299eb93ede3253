using System.Globalization;
using KubernetesClient.Configuration;
using KubernetesClient.Models;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class WatchCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Nonsense() =>
    [
        """{"type":"RENAMED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"9"}}}""",
        """{"object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"9"}}}""",
        """{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}}""",
        """{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"9"}}}""",
        """{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1"}}""",
        """{"type":"ADDED","object":{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"9"}}}""",
        """{"type":"ADDED"}""",
        """{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{}}}""",
        """{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1"}}""",
        """{"type":"ERROR","object":7}""",
        """{"type":7,"object":{}}""",
        """["ADDED"]""",
        """{"type":"ADDED","object":{}}{"type":"ADDED","object":{}}""",
        "no JSON",
    ];

    [Theory, MemberData(nameof(Nonsense))]
    public async Task What_is_no_event_ends_the_watch_and_moves_no_version(string line)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Answer(line + "\n");
        await using var events = api.WatchAsync<V1ConfigMap>(ListQuery.All, "1", Token).GetAsyncEnumerator(Token);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ApiFailureKind.BadAnswer, Assert.IsType<WatchEvent<V1ConfigMap>.Failed>(events.Current).Failure.Kind);
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task Bookmarks_are_asked_for_and_an_end_that_differs_from_watch_to_watch()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Answer("");
        for (var i = 0; i < 5; i++)
        {
            await foreach (var _ in api.WatchAsync<V1ConfigMap>(ListQuery.All, "17", Token))
            {
                Assert.Fail("nothing was sent");
            }
        }

        Assert.All(server.Requests, request =>
        {
            Assert.Equal(("true", "17"), (request.Query["allowWatchBookmarks"], request.Query["resourceVersion"]));
            Assert.InRange(int.Parse(request.Query["timeoutSeconds"], CultureInfo.InvariantCulture), 60, 120);
        });
    }

    [Fact]
    public async Task A_watch_that_the_server_does_not_end_is_cut_off_soon_after_its_end()
    {
        var clock = new ManualTimeProvider();
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient(clock, new ClientSettings { CallTimeout = TimeSpan.FromDays(1) });
        await using var events = api.WatchAsync<V1ConfigMap>(ListQuery.All with { WatchFor = TimeSpan.FromSeconds(3) }, "1", Token).GetAsyncEnumerator(Token);
        var next = events.MoveNextAsync().AsTask();
        while (server.Watches == 0)
        {
            await Task.Delay(1, Token);
        }

        clock.Advance(TimeSpan.FromSeconds(3) + ApiLimits.WatchGrace);
        Assert.True(await next.WaitAsync(Token));
        Assert.Equal(ApiFailureKind.TimedOut, Assert.IsType<WatchEvent<V1ConfigMap>.Failed>(events.Current).Failure.Kind);
    }
}
