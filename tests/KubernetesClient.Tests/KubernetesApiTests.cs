using KubernetesClient.Models;
using TestSupport.Kubernetes;
using Xunit;

namespace KubernetesClient.Tests;

public sealed class KubernetesApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_created_can_be_read_listed_replaced_and_deleted()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var made = Done(await api.CreateAsync(Map("roots", ("root.pem", "one")), Token));
        Assert.NotNull(made.Metadata.Uid);
        Assert.Equal("one", Done(await api.ReadAsync<V1ConfigMap>("roots", "shop", Token)).Data!["root.pem"]);
        var list = Done(await api.ListAsync<V1ConfigMap>(new ListQuery { Namespace = "shop" }, Token));
        Assert.Equal("roots", Assert.Single(list.Items).Metadata.Name);
        var changed = made with { Data = new Dictionary<string, string> { ["root.pem"] = "two" } };
        Assert.NotEqual(made.Metadata.ResourceVersion, Done(await api.ReplaceAsync(changed, null, Token)).Metadata.ResourceVersion);
        Assert.Equal(ApiFailureKind.Conflict, Failed(await api.ReplaceAsync(changed with { Data = null }, null, Token)).Kind);
        Assert.True(Done(await api.DeleteAsync<V1ConfigMap>("roots", "shop", Token)));
        Assert.Equal(ApiFailureKind.NotFound, Failed(await api.ReadAsync<V1ConfigMap>("roots", "shop", Token)).Kind);
    }

    [Fact]
    public async Task An_object_that_is_there_cannot_be_created()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("roots"));
        Assert.Equal(ApiFailureKind.AlreadyExists, Failed(await api.CreateAsync(Map("roots"), Token)).Kind);
    }

    [Fact]
    public async Task Applying_sets_and_owns_the_named_fields_alone()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(Map("roots", ("theirs", "x")));
        Done(await api.ApplyAsync(Map("roots", ("ours", "1")), new ApplyOptions("meshca"), Token));
        var held = server.Find<V1ConfigMap>("roots", "shop")!;
        Assert.Equal(["ours", "theirs"], held.Data!.Keys.Order());
        Assert.Equal(ApiFailureKind.Conflict, Failed(await api.ApplyAsync(Map("roots", ("ours", "2")), new ApplyOptions("other"), Token)).Kind);
        Assert.Equal("2", Done(await api.ApplyAsync(Map("roots", ("ours", "2")), new ApplyOptions("other", Force: true), Token)).Data!["ours"]);
        Assert.Contains(server.Requests, request => request is { Method: "PATCH", ContentType: "application/apply-patch+yaml" });
    }

    [Fact]
    public async Task A_json_patch_changes_what_the_model_does_not_have()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        server.Put(
            V1MutatingWebhookConfiguration.Resource,
            """{"metadata":{"name":"istio"},"webhooks":[{"name":"a.istio.io","timeoutSeconds":10,"clientConfig":{"caBundle":"AQ=="}}]}""");
        var patch = """[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"Ag=="}]"""u8.ToArray();
        var patched = Done(await api.PatchAsync<V1MutatingWebhookConfiguration>("istio", null, patch, Token));
        Assert.Equal([2], patched.Webhooks![0].ClientConfig!.CaBundle!);
        Assert.Equal(10, server.FindJson<V1MutatingWebhookConfiguration>("istio")!["webhooks"]![0]!["timeoutSeconds"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_watch_tells_of_changes_after_a_version()
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        using var api = server.CreateClient();
        var first = server.Put(Map("one"));
        await using var events = api.WatchAsync<V1ConfigMap>(ListQuery.All, first.Metadata.ResourceVersion!, Token).GetAsyncEnumerator(Token);
        server.Put(Map("two"));
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("two", Assert.IsType<WatchEvent<V1ConfigMap>.Added>(events.Current).Item.Metadata.Name);
        server.Remove<V1ConfigMap>("one", "shop");
        Assert.True(await events.MoveNextAsync());
        Assert.IsType<WatchEvent<V1ConfigMap>.Deleted>(events.Current);
        server.SendBookmarks();
        Assert.True(await events.MoveNextAsync());
        Assert.IsType<WatchEvent<V1ConfigMap>.Bookmark>(events.Current);
        server.Expire();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ApiFailureKind.Expired, Assert.IsType<WatchEvent<V1ConfigMap>.Failed>(events.Current).Failure.Kind);
        Assert.False(await events.MoveNextAsync());
    }

    internal static V1ConfigMap Map(string name, params (string Key, string Value)[] data) => new()
    {
        Metadata = new() { Name = name, Namespace = "shop" },
        Data = data.ToDictionary(pair => pair.Key, pair => pair.Value),
    };

    internal static T Done<T>(ApiOutcome<T> outcome) =>
        outcome is ApiOutcome<T>.Done(var value) ? value : throw new Xunit.Sdk.XunitException($"not done: {outcome}");

    internal static ApiFailure Failed<T>(ApiOutcome<T> outcome) => Assert.IsType<ApiOutcome<T>.Failed>(outcome).Failure;
}
