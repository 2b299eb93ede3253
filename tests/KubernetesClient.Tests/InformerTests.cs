using KubernetesClient.Models;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests;

public sealed class InformerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_lists_in_pages_and_then_follows()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        for (var i = 0; i < 7; i++)
        {
            server.Put(Map($"map-{i}"));
        }

        await using var watching = new Watching<V1ConfigMap>(api, new() { PageSize = 3 });
        await watching.Informer.WaitForSyncAsync(Token);
        Assert.Equal(7, watching.Informer.Items.Count);
        Assert.Equal(3, server.Requests.Count(request => request is { Method: "GET", IsWatch: false }));
        for (var i = 0; i < 7; i++)
        {
            Assert.Null((await watching.NextAsync(Token)).Old);
        }

        var added = server.Put(Map("map-9"));
        Assert.Equal("map-9", (await watching.NextAsync(Token)).New!.Metadata.Name);
        Assert.True(watching.Informer.TryGet("map-9", "shop", out var found));
        Assert.Equal(added.Metadata.Uid, found.Metadata.Uid);
        server.Put(Map("map-9", ("a", "b")));
        var (old, now) = await watching.NextAsync(Token);
        Assert.Null(old!.Data?.GetValueOrDefault("a"));
        Assert.Equal("b", now!.Data!["a"]);
        server.Remove<V1ConfigMap>("map-9", "shop");
        (old, now) = await watching.NextAsync(Token);
        Assert.Equal("map-9", old!.Metadata.Name);
        Assert.Null(now);
        Assert.False(watching.Informer.TryGet("map-9", "shop", out _));
        Assert.NotNull(watching.Informer.LastContact);
    }

    [Fact]
    public async Task A_broken_watch_goes_on_from_where_it_was_without_a_list()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.Informer.WaitForSyncAsync(Token);
        server.Put(Map("one"));
        await watching.NextAsync(Token);
        server.IsDown = true;
        await watching.Failures.Reader.ReadAsync(Token);
        server.Put(Map("two"));
        server.Remove<V1ConfigMap>("one", "shop");
        server.IsDown = false;
        Assert.Equal("two", (await watching.NextAsync(Token)).New!.Metadata.Name);
        Assert.Equal("one", (await watching.NextAsync(Token)).Old!.Metadata.Name);
        Assert.Equal(1, server.Requests.Count(request => !request.IsWatch));
        Assert.Null(watching.Informer.LastFailure);
    }

    [Fact]
    public async Task A_bookmark_moves_the_version_that_the_next_watch_begins_at()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await using var watching = new Watching<V1ConfigMap>(api, query: ListQuery.All with { Namespace = "shop" });
        await watching.Informer.WaitForSyncAsync(Token);
        var first = await WatchAsync(server, 1);

        // Many a change of which this watch is told nothing; and then how far it has come all the same.
        var elsewhere = server.Put(Map("one") with { Metadata = new() { Name = "one", Namespace = "bank" } });
        var before = watching.Informer.LastContact;
        server.SendBookmarks();
        while (watching.Informer.LastContact == before)
        {
            await Task.Delay(1, Token);
        }

        server.CutWatches();
        var second = await WatchAsync(server, 2);
        Assert.NotEqual(first.Query["resourceVersion"], second.Query["resourceVersion"]);
        Assert.Equal(elsewhere.Metadata.ResourceVersion, second.Query["resourceVersion"]);
        Assert.Equal("3", second.Query["timeoutSeconds"]); // after a failure the end of a short one is the sign of life
        Assert.NotEqual("3", first.Query["timeoutSeconds"]);
    }

    private static async Task<FakeApiRequest> WatchAsync(FakeApiServer server, int number)
    {
        while (server.Requests.Count(request => request.IsWatch) < number || server.Watches == 0)
        {
            await Task.Delay(1, Token);
        }

        return server.Requests.Where(request => request.IsWatch).ElementAt(number - 1);
    }

    [Fact]
    public async Task A_version_that_the_server_forgot_makes_it_list_anew_and_tells_what_changed_meanwhile()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("gone"));
        server.Put(Map("same"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.NextAsync(Token);
        await watching.NextAsync(Token);
        server.IsDown = true;
        await watching.Failures.Reader.ReadAsync(Token);
        server.Remove<V1ConfigMap>("gone", "shop");
        server.Put(Map("new"));
        server.Expire();
        server.IsDown = false;
        var (old, now) = await watching.NextAsync(Token);
        Assert.Equal("gone", old!.Metadata.Name);
        Assert.Null(now);
        Assert.Equal("new", (await watching.NextAsync(Token)).New!.Metadata.Name);
        Assert.False(watching.HasChanges);
        Assert.Equal(["new", "same"], watching.Informer.Items.Select(item => item.Metadata.Name!).Order());
    }

    [Fact]
    public async Task A_watch_that_ends_with_an_error_event_makes_it_list_anew()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.Informer.WaitForSyncAsync(Token);
        server.Put(Map("one"));
        await watching.NextAsync(Token); // the watch is open
        server.Expire();
        server.Put(Map("two"));
        Assert.Equal("two", (await watching.NextAsync(Token)).New!.Metadata.Name);
    }

    [Fact]
    public async Task A_list_that_the_server_forgets_between_two_pages_begins_anew()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        for (var i = 0; i < 4; i++)
        {
            server.Put(Map($"map-{i}"));
        }

        var forgotten = 0;
        server.Fault = request =>
        {
            if (request.Query.ContainsKey("continue") && Interlocked.Exchange(ref forgotten, 1) == 0)
            {
                server.Expire();
            }

            return null;
        };
        await using var watching = new Watching<V1ConfigMap>(api, new() { PageSize = 2 });
        await watching.Informer.WaitForSyncAsync(Token);
        Assert.Equal(4, watching.Informer.Items.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task It_waits_and_tries_again_whatever_the_server_says(int status)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = _ => new FakeApiFault.Error(status, "x");
        server.Put(Map("one"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.Failures.Reader.ReadAsync(Token);
        await watching.Failures.Reader.ReadAsync(Token);
        Assert.False(watching.Informer.HasSynced);
        Assert.NotNull(watching.Informer.LastFailure);
        server.Fault = null;
        await watching.Informer.WaitForSyncAsync(Token);
        Assert.Single(watching.Informer.Items);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[]}")]
    [InlineData("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}")]
    [InlineData("{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[null]}")]
    [InlineData("{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{\"metadata\":7}]}")]
    public async Task Nonsense_leaves_the_copy_as_it_was(string nonsense)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("one"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.NextAsync(Token);
        server.Expire();
        server.Fault = request => request.IsWatch ? new FakeApiFault.Error(410, "Expired") : new FakeApiFault.Answer(nonsense);
        server.CutWatches();
        ApiFailure failure;
        do
        {
            failure = await watching.Failures.Reader.ReadAsync(Token);
        }
        while (failure.Kind != ApiFailureKind.BadAnswer);
        Assert.Single(watching.Informer.Items);
        server.Fault = null;
        server.Put(Map("two"));
        Assert.Equal("two", (await watching.NextAsync(Token)).New!.Metadata.Name);
    }

    [Fact]
    public async Task It_lists_anew_after_a_time()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var lists = 0;
        var third = new TaskCompletionSource();
        server.Fault = request =>
        {
            if (!request.IsWatch && Interlocked.Increment(ref lists) == 3)
            {
                third.SetResult();
            }

            return null;
        };
        await using var watching = new Watching<V1ConfigMap>(api, new() { ResyncInterval = TimeSpan.FromMilliseconds(5) });
        await third.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_resync_that_falls_due_between_two_looks_at_the_clock_ends_nothing()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var lists = 0;
        var third = new TaskCompletionSource();
        server.Fault = request =>
        {
            if (!request.IsWatch && Interlocked.Increment(ref lists) == 3)
            {
                third.SetResult();
            }

            return null;
        };
        var clock = new LeapingClock(TimeSpan.FromSeconds(4));
        await using var watching = new Watching<V1ConfigMap>(api, new() { ResyncInterval = TimeSpan.FromSeconds(5), ShortWatch = TimeSpan.FromTicks(1) }, clock: clock);
        await (await Task.WhenAny(third.Task, watching.Running)).WaitAsync(Token);
        Assert.False(watching.Running.IsCompleted);
    }

    [Fact]
    public async Task Watches_that_end_at_once_are_a_failure()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Fault = request => request.IsWatch ? new FakeApiFault.Answer("") : null;
        await using var watching = new Watching<V1ConfigMap>(api, new() { ShortWatch = TimeSpan.FromMinutes(1) });
        Assert.Equal(ApiFailureKind.Unreachable, (await watching.Failures.Reader.ReadAsync(Token)).Kind);
        Assert.Equal(1, server.Requests.Count(request => !request.IsWatch));
    }

    [Fact]
    public async Task Who_subscribes_late_is_told_what_is_there_and_nothing_after_the_end()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("one"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.NextAsync(Token);
        var told = new List<string?>();
        using (watching.Informer.Subscribe((_, now) => told.Add(now?.Metadata.Name)))
        {
            Assert.Equal(["one"], told);
        }

        server.Put(Map("two"));
        await watching.NextAsync(Token);
        Assert.Equal(["one"], told);
    }

    [Fact]
    public async Task What_is_read_is_a_snapshot()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("one"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.NextAsync(Token);
        var before = watching.Informer.Items;
        server.Put(Map("two"));
        await watching.NextAsync(Token);
        Assert.Single(before);
        Assert.Equal(2, watching.Informer.Items.Count);
    }

    [Fact]
    public async Task An_object_made_anew_under_the_same_name_is_told_as_a_change()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var first = server.Put(Map("one"));
        await using var watching = new Watching<V1ConfigMap>(api);
        await watching.NextAsync(Token);
        server.IsDown = true;
        await watching.Failures.Reader.ReadAsync(Token);
        server.Remove<V1ConfigMap>("one", "shop");
        var second = server.Put(Map("one"));
        server.Expire();
        server.IsDown = false;
        var (old, now) = await watching.NextAsync(Token);
        Assert.Equal((first.Metadata.Uid, second.Metadata.Uid), (old!.Metadata.Uid, now!.Metadata.Uid));
    }

    // Each look at it takes a while: the thread was held up in between.
    private sealed class LeapingClock(TimeSpan leap) : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) * leap.Ticks;
    }

    private static V1ConfigMap Map(string name, params (string Key, string Value)[] data) => KubernetesApiTests.Map(name, data);
}
