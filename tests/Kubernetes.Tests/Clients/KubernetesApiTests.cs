using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kubernetes.Tests.Running;
using KubernetesClient;
using KubernetesClient.Configuration;
using KubernetesClient.Models;
using Xunit;

namespace Kubernetes.Tests.Clients;

/// <summary>Each call of the client, and each kind of failure, as the real API server answers it.</summary>
[Trait("Category", "Long")]
public sealed class KubernetesApiTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly string _ns = shared.NewName("client");
    private KubernetesCluster _cluster = null!; // set before each test
    private KubernetesApi _api = null!;

    private static CancellationToken Ends => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await shared.StartedAsync();
        _api = _cluster.Connect();
        await _cluster.CreateNamespaceAsync(_ns);
    }

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_object_is_created_read_replaced_patched_and_deleted()
    {
        var made = await _api.CreateAsync(Map("one", "a", "1"), Ends).MustAsync();
        Assert.NotNull(made.Metadata.Uid);
        Assert.NotNull(made.Metadata.CreationTimestamp);
        var read = await _api.ReadAsync<V1ConfigMap>("one", _ns, Ends).MustAsync();
        Assert.Equal((made.Metadata.ResourceVersion, "1"), (read.Metadata.ResourceVersion, read.Data!["a"]));

        var replaced = await _api.ReplaceAsync(read with { Data = new Dictionary<string, string> { ["a"] = "2" } }, null, Ends).MustAsync();
        Assert.NotEqual(read.Metadata.ResourceVersion, replaced.Metadata.ResourceVersion);
        Assert.Equal(ApiFailureKind.Conflict, await _api.ReplaceAsync(read, null, Ends).FailureAsync());

        var patch = """[{"op": "test", "path": "/data/a", "value": "2"}, {"op": "replace", "path": "/data/a", "value": "3"}]"""u8.ToArray();
        Assert.Equal("3", (await _api.PatchAsync<V1ConfigMap>("one", _ns, patch, Ends).MustAsync()).Data!["a"]);
        Assert.True((await _api.PatchAsync<V1ConfigMap>("one", _ns, patch, Ends)) is ApiOutcome<V1ConfigMap>.Failed { Failure.Kind: ApiFailureKind.Rejected });

        Assert.True(await _api.DeleteAsync<V1ConfigMap>("one", _ns, Ends).MustAsync());
        Assert.Equal(ApiFailureKind.NotFound, await _api.ReadAsync<V1ConfigMap>("one", _ns, Ends).FailureAsync());
        Assert.Equal(ApiFailureKind.NotFound, await _api.DeleteAsync<V1ConfigMap>("one", _ns, Ends).FailureAsync());
    }

    [Fact]
    public async Task Refusals_of_the_server_are_told_apart()
    {
        await _api.CreateAsync(Map("twice", "a", "1"), Ends).MustAsync();
        Assert.Equal(ApiFailureKind.AlreadyExists, await _api.CreateAsync(Map("twice", "a", "1"), Ends).FailureAsync());
        Assert.Equal(ApiFailureKind.Rejected, await _api.CreateAsync(Map("No_Name", "a", "1"), Ends).FailureAsync());
        Assert.Equal(ApiFailureKind.NotFound, await _api.CreateAsync(Map("x", "a", "1") with { Metadata = new() { Name = "x", Namespace = "nowhere" } }, Ends).FailureAsync());
        Assert.Equal(ApiFailureKind.NotFound, await _api.ListAsync<V1DestinationRule>(ListQuery.All, Ends).FailureAsync());

        await _cluster.CreateAccountAsync(_ns, "nobody");
        using var nobody = _cluster.ConnectWith(CredentialContent.Of(await _cluster.TokenAsync(_ns, "nobody")));
        Assert.Equal(ApiFailureKind.Forbidden, await nobody.ReadAsync<V1ConfigMap>("twice", _ns, Ends).FailureAsync());
        using var stranger = _cluster.ConnectWith(CredentialContent.Of("no-token-at-all"));
        Assert.Equal(ApiFailureKind.Unauthenticated, await stranger.ReadAsync<V1ConfigMap>("twice", _ns, Ends).FailureAsync());
        using var wrongAudience = _cluster.ConnectWith(CredentialContent.Of(await _cluster.TokenAsync(_ns, "nobody", "istio-ca")));
        Assert.Equal(ApiFailureKind.Unauthenticated, await wrongAudience.ReadAsync<V1ConfigMap>("twice", _ns, Ends).FailureAsync());
    }

    [Fact]
    public async Task A_server_with_a_certificate_of_another_authority_is_not_talked_to()
    {
        var directory = Directory.CreateDirectory(_cluster.File("other")).FullName;
        var other = new ClusterKeys(directory);
        using var api = new KubernetesApi(
            Assert.IsType<ConfigurationOutcome.Loaded>(KubernetesClientConfiguration.Create(_cluster.Address.ToString(), new ClientSettings
            {
                CertificateAuthority = CredentialContent.In(other.AuthorityFile),
                AccessToken = CredentialContent.Of("secret"),
            })).Configuration,
            TimeProvider.System);
        Assert.Equal(ApiFailureKind.Unreachable, await api.ReadDocumentAsync("/readyz", Ends).FailureAsync());
    }

    [Fact]
    public async Task A_token_file_that_changes_counts_from_the_next_call_that_needs_it()
    {
        await _cluster.CreateAccountAsync(_ns, "one");
        var file = _cluster.File($"{_ns}.token");
        await File.WriteAllTextAsync(file, "expired", Ends);
        using var api = _cluster.ConnectWith(CredentialContent.In(file));
        Assert.Equal(ApiFailureKind.Unauthenticated, await api.ReadAsync<V1Namespace>(_ns, null, Ends).FailureAsync());
        await File.WriteAllTextAsync(file, await _cluster.TokenAsync(_ns, "one"), Ends);
        Assert.Equal(ApiFailureKind.Forbidden, await api.ReadAsync<V1Namespace>(_ns, null, Ends).FailureAsync());
    }

    [Fact]
    public async Task Apply_owns_the_fields_that_it_names_and_loses_to_another_owner_unless_forced()
    {
        var ours = new ApplyOptions("meshca");
        var made = await _api.ApplyAsync(Map("applied", "ours", "1"), ours, Ends).MustAsync();
        await _cluster.Admin.MergeAsync(Path("applied"), System.Text.Json.Nodes.JsonNode.Parse("""{"data": {"theirs": "x"}}""")!);
        var again = await _api.ApplyAsync(Map("applied", "ours", "2"), ours, Ends).MustAsync();
        Assert.Equal(("2", "x"), (again.Data!["ours"], again.Data["theirs"]));

        Assert.Equal(ApiFailureKind.Conflict, await _api.ApplyAsync(Map("applied", "theirs", "y"), ours, Ends).FailureAsync());
        var won = await _api.ApplyAsync(Map("applied", "theirs", "y"), ours with { Force = true }, Ends).MustAsync();

        // What an applier owned alone and no longer names is removed.
        Assert.Equal("y", Assert.Single(won.Data!).Value);
        var same = await _api.ApplyAsync(Map("applied", "theirs", "y"), ours, Ends).MustAsync();
        Assert.Equal(won.Metadata.ResourceVersion, same.Metadata.ResourceVersion);
        Assert.NotEqual(made.Metadata.ResourceVersion, same.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Pages_of_a_list_make_the_whole()
    {
        for (var i = 0; i < 25; i++)
        {
            await _api.CreateAsync(Map($"m{i:D2}", "a", "1"), Ends).MustAsync();
        }

        var query = new ListQuery { Namespace = _ns, Limit = 10 };
        var first = await _api.ListAsync<V1ConfigMap>(query, Ends).MustAsync();
        Assert.Equal(10, first.Items.Count);
        Assert.NotNull(first.Continue);
        var second = await _api.ListAsync<V1ConfigMap>(query with { Continue = first.Continue }, Ends).MustAsync();
        Assert.Empty(second.Items.Select(Name).Intersect(first.Items.Select(Name)));
        var all = await _api.ListAllAsync<V1ConfigMap>(query, Ends).MustAsync();
        Assert.Equal(25, all.Items.Select(Name).Distinct().Count());
        Assert.Null(all.Continue);

        // After a compaction the old snapshot is gone: 410, and a whole list begins anew.
        await _api.CreateAsync(Map("later", "a", "1"), Ends).MustAsync();
        await _cluster.CompactAsync();
        Assert.Equal(ApiFailureKind.Expired, await _api.ListAsync<V1ConfigMap>(query with { Continue = first.Continue }, Ends).FailureAsync());
    }

    [Fact]
    public async Task Selectors_choose_by_labels_and_fields()
    {
        await _api.CreateAsync(Map("red", "a", "1") with { Metadata = new() { Name = "red", Namespace = _ns, Labels = new Dictionary<string, string> { ["c"] = "red" } } }, Ends).MustAsync();
        await _api.CreateAsync(Map("blue", "a", "1"), Ends).MustAsync();
        Assert.Equal("red", Name(Assert.Single((await _api.ListAsync<V1ConfigMap>(new() { Namespace = _ns, LabelSelector = "c=red" }, Ends).MustAsync()).Items)));
        Assert.Equal("blue", Name(Assert.Single((await _api.ListAsync<V1ConfigMap>(new() { Namespace = _ns, FieldSelector = "metadata.name=blue" }, Ends).MustAsync()).Items)));
    }

    [Fact]
    public async Task A_watch_tells_each_change_in_order()
    {
        var list = await _api.ListAsync<V1ConfigMap>(new() { Namespace = _ns }, Ends).MustAsync();
        await _api.CreateAsync(Map("seen", "a", "1"), Ends).MustAsync();
        await _api.ApplyAsync(Map("seen", "a", "2"), new("test", Force: true), Ends).MustAsync();
        await _api.DeleteAsync<V1ConfigMap>("seen", _ns, Ends).MustAsync();

        var seen = new List<string>();
        await foreach (var next in _api.WatchAsync<V1ConfigMap>(new() { Namespace = _ns }, list.ResourceVersion, Ends))
        {
            seen.Add(next switch
            {
                WatchEvent<V1ConfigMap>.Added(var item) => $"added {item.Data!["a"]}",
                WatchEvent<V1ConfigMap>.Modified(var item) => $"modified {item.Data!["a"]}",
                WatchEvent<V1ConfigMap>.Deleted(var item) => $"deleted {item.Data!["a"]}",
                _ => $"{next}",
            });
            if (seen.Count == 3)
            {
                break;
            }
        }

        Assert.Equal(["added 1", "modified 2", "deleted 2"], seen);
    }

    [Fact]
    public async Task An_idle_watch_is_told_that_nothing_happened()
    {
        // Only changes make the server tell how far it is: here changes in another namespace, which this watch does not see.
        var list = await _api.ListAsync<V1ConfigMap>(new() { Namespace = _ns }, Ends).MustAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Ends);
        var busy = ChangeElsewhereAsync(enough.Token);
        await foreach (var next in _api.WatchAsync<V1ConfigMap>(new() { Namespace = _ns, WatchFor = TimeSpan.FromSeconds(8) }, list.ResourceVersion, Ends))
        {
            Assert.NotEmpty(Assert.IsType<WatchEvent<V1ConfigMap>.Bookmark>(next).ResourceVersion);
            await enough.CancelAsync();
            await busy;
            return;
        }

        await enough.CancelAsync();
        await busy;
        Assert.Fail("the watch ended without a bookmark");
    }

    [Fact]
    public async Task A_watch_lasts_as_long_as_it_was_asked_to()
    {
        var list = await _api.ListAsync<V1Lease>(new() { Namespace = _ns }, Ends).MustAsync();
        Assert.Empty(await _api.WatchAsync<V1Lease>(new() { Namespace = _ns, WatchFor = TimeSpan.FromSeconds(2) }, list.ResourceVersion, Ends).ToListAsync(Ends));
    }

    [Fact]
    public async Task Tokens_are_requested_and_reviewed()
    {
        await _cluster.CreateAccountAsync(_ns, "web");
        var made = await _api.CreateBelowAsync(
            V1ServiceAccount.Resource,
            "web",
            _ns,
            "token",
            new V1TokenRequest { Spec = new() { Audiences = ["istio-ca"], ExpirationSeconds = 600 } },
            Ends).MustAsync();
        Assert.InRange(made.Status!.ExpirationTimestamp!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(11));

        var review = await ReviewAsync(made.Status.Token!, "istio-ca", "other");
        Assert.True(review.Authenticated);
        Assert.Equal(["istio-ca"], review.Audiences!);
        Assert.Equal($"system:serviceaccount:{_ns}:web", review.User!.Username);
        Assert.Contains("system:serviceaccounts", review.User.Groups!);
        var refused = await ReviewAsync(made.Status.Token!, "other");
        Assert.NotEqual(true, refused.Authenticated);
        Assert.NotEmpty(refused.Error!);
    }

    [Fact]
    public async Task The_clusters_keys_are_a_document_that_an_account_may_read()
    {
        await _cluster.CreateAccountAsync(_ns, "web");
        using var web = _cluster.ConnectWith(CredentialContent.Of(await _cluster.TokenAsync(_ns, "web")));
        using var keys = JsonDocument.Parse(await web.ReadDocumentAsync("/openid/v1/jwks", Ends).MustAsync());
        Assert.Equal("RS256", keys.RootElement.GetProperty("keys")[0].GetProperty("alg").GetString());
        Assert.Equal("ok", Encoding.UTF8.GetString(await web.ReadDocumentAsync("/readyz", Ends).MustAsync()));
    }

    [Fact]
    public async Task Bytes_of_a_secret_come_back_as_they_were()
    {
        var bytes = RandomNumberGenerator.GetBytes(1000);
        await _api.CreateAsync(
            new V1Secret { Metadata = new() { Name = "key", Namespace = _ns }, Type = "Opaque", Data = new Dictionary<string, byte[]> { ["bytes"] = bytes } }, Ends).MustAsync();
        Assert.Equal(bytes, (await _api.ReadAsync<V1Secret>("key", _ns, Ends).MustAsync()).Data!["bytes"]);
    }

    private async Task ChangeElsewhereAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await _api.ApplyAsync(Map("elsewhere", "a", $"{i}") with { Metadata = new() { Name = _ns, Namespace = "default" } }, new("test", Force: true), Ends).MustAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(500), Ends);
        }
    }

    private async Task<V1TokenReviewStatus> ReviewAsync(string token, params string[] audiences) =>
        (await _api.CreateAsync(new V1TokenReview { Spec = new() { Token = token, Audiences = audiences } }, Ends).MustAsync()).Status!;

    private static string Name(V1ConfigMap map) => map.Metadata.Name!;

    private string Path(string name) => $"/api/v1/namespaces/{_ns}/configmaps/{name}";

    private V1ConfigMap Map(string name, string key, string value) =>
        new() { Metadata = new() { Name = name, Namespace = _ns }, Data = new Dictionary<string, string> { [key] = value } };
}
