using System.Globalization;
using KubernetesClient.Models;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class WatchCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
