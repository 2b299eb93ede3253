using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Clusters;
using MeshCA.TrustDistribution;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;
using static MeshCA.Tests.TrustDistribution.DistributionSamples;

namespace MeshCA.Tests.TrustDistribution;

/// <summary>istio-ca §4.7, appendix B item 11, with the server in memory and copies that the test moves.</summary>
public sealed class ClusterDistributorTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();
    private readonly TestInformer<V1Namespace> _namespaces = new();
    private readonly TestInformer<V1ConfigMap> _roots = new();
    private readonly TestInformer<V1ConfigMap> _revoked = new();
    private DistributedContent? _content = Content;
    private FakeApiServer? _server;
    private KubernetesApi? _api;
    private ClusterDistributor? _distributor;

    private FakeApiServer Server => _server!;

    private ClusterDistributor Distributor => _distributor!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync(_stop.Token);
        _api = _server.CreateClient();
        _distributor = new(
            new Cluster("home", [], _api),
            _namespaces,
            new Dictionary<string, IInformer<V1ConfigMap>> { [Roots.Name] = _roots, [Revoked.Name] = _revoked },
            Everything,
            () => _content,
            new DistributionMetrics(new TestMeterFactory()),
            _clock,
            _log);
        _ = _distributor.RunAsync(4, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Distributor.Dispose();
        _api!.Dispose();
        await Server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_new_namespace_gets_both_config_maps()
    {
        _namespaces.Put(Namespace("shop"));
        await WrittenAsync("shop");
        Assert.True(DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Roots.Name, "shop"), Roots));
        Assert.True(DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Revoked.Name, "shop"), Revoked));
    }

    [Fact]
    public async Task What_was_edited_or_deleted_is_repaired_and_other_keys_stay()
    {
        await SettleAsync("shop");
        var edited = Server.Put(Written("shop", Roots) with { Data = new Dictionary<string, string> { [Roots.Key] = "foreign", ["more"] = "of somebody" } });
        _roots.Put(edited);
        await UntilAsync(() => DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Roots.Name, "shop"), Roots));
        Assert.Equal("of somebody", Server.Find<V1ConfigMap>(Roots.Name, "shop")!.Data!["more"]);

        await SettleAsync("shop");
        Server.Remove<V1ConfigMap>(Roots.Name, "shop");
        _roots.Remove(Roots.Name, "shop");
        await UntilAsync(() => Server.Find<V1ConfigMap>(Roots.Name, "shop") is not null);
    }

    [Fact]
    public async Task What_was_deleted_while_the_server_answers_our_own_write_is_written_again_at_once()
    {
        var isRaced = false;
        Server.Fault = request =>
        {
            if (request.Method != "PATCH" || !request.Path.EndsWith(Roots.Name, StringComparison.Ordinal) || isRaced)
            {
                return null;
            }

            // Both the write and the deletion are seen before the answer to the write.
            isRaced = true;
            var written = Server.Put(Written("shop", Roots));
            _roots.Put(written);
            Server.Remove<V1ConfigMap>(Roots.Name, "shop");
            _roots.Remove(Roots.Name, "shop");
            return new FakeApiFault.Answer(System.Text.Encoding.UTF8.GetString(KubernetesJson.Serialize(written)));
        };
        _namespaces.Put(Namespace("shop"));
        await WrittenAsync("shop");
        Assert.True(isRaced);
    }

    [Fact]
    public async Task Who_does_not_lead_writes_nothing_and_all_once_it_leads()
    {
        _content = null;
        _namespaces.Put(Namespace("shop"));
        await UntilAsync(() => Distributor.Pending == 0);
        Assert.Empty(Server.Requests);

        _content = Content;
        Distributor.AddAll();
        await WrittenAsync("shop");
    }

    [Fact]
    public async Task A_forbidden_namespace_is_told_once_and_the_others_go_on()
    {
        Server.Fault = request => request.Path.Contains("/namespaces/locked/", StringComparison.Ordinal) ? new FakeApiFault.Error(403, "Forbidden") : null;
        _namespaces.Put(Namespace("locked"));
        _namespaces.Put(Namespace("shop"));
        await WrittenAsync("shop");
        await UntilAsync(() => Server.Requests.Count(request => request.Path.Contains("locked", StringComparison.Ordinal)) == 2 && Paused());

        for (var i = 0; i < 3; i++)
        {
            var before = Server.Requests.Count;
            _clock.Advance(TimeSpan.FromMinutes(1));
            await UntilAsync(() => Server.Requests.Count >= before + 2 && Paused());
        }

        Assert.InRange(_log.Entries.Count(entry => entry.EventId == 9110), 1, 2); // one for each config map
        var standing = Distributor.Measure(Content);
        Assert.Contains(standing.Behind, ns => ns.Name == "locked" && ns.Reason.StartsWith("Forbidden", StringComparison.Ordinal));

        Server.Fault = null;
        _clock.Advance(TimeSpan.FromMinutes(1));
        await WrittenAsync("locked");
    }

    [Fact]
    public async Task A_namespace_that_ends_is_left_alone()
    {
        _namespaces.Put(Namespace("ending") with { Status = new() { Phase = "Terminating" } });
        _namespaces.Put(Namespace("shop"));
        await WrittenAsync("shop");
        Assert.DoesNotContain(Server.Requests, request => request.Path.Contains("ending", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_writer_is_named_and_left_alone_for_a_while()
    {
        await SettleAsync("shop");
        for (var i = 0; i < 3; i++)
        {
            OverwriteAsIstiod();
            await UntilAsync(() => DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Roots.Name, "shop"), Roots));
            await SettleAsync("shop");
        }

        OverwriteAsIstiod();
        await UntilAsync(() => _log.Entries.Any(entry => entry.EventId == 9111));
        Assert.Contains("`pilot-discovery`", _log.Entries.First(entry => entry.EventId == 9111).Message, StringComparison.Ordinal);
        Assert.Equal(1, Distributor.Contested);
        Assert.False(DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Roots.Name, "shop"), Roots));

        await UntilAsync(Paused);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await UntilAsync(() => DistributionPlanner.Holds(Server.Find<V1ConfigMap>(Roots.Name, "shop"), Roots));
    }

    [Fact]
    public async Task What_lacks_the_bundle_is_named_and_what_has_it_is_counted()
    {
        await SettleAsync("shop");
        _namespaces.Put(Namespace("kube-public"));
        Server.Fault = request => request.Path.Contains("/new/", StringComparison.Ordinal) ? new FakeApiFault.Error(500, "InternalError") : null;
        _namespaces.Put(Namespace("new"));
        await UntilAsync(() => Distributor.Measure(Content).Behind is [{ Reason: not "not written yet" }]);

        var standing = Distributor.Measure(Content);
        Assert.Equal((2, "new"), (standing.Namespaces, Assert.Single(standing.Behind).Name));
    }

    private bool Paused() => _clock.TimerCount > 0;

    // As istiod's namespace controller does: under a name of its own.
    private void OverwriteAsIstiod()
    {
        var json = $$$"""
            {"metadata":{"name":"{{{Roots.Name}}}","namespace":"shop","managedFields":[{"manager":"meshca"},{"manager":"pilot-discovery"}]},"data":{"{{{Roots.Key}}}":"istiod's"}}
            """;
        Server.Put(V1ConfigMap.Resource, json);
        Server.Fault = request => request.Method == "GET" ? new FakeApiFault.Answer(json) : null; // the fake keeps no such books
        _roots.Put(Written("shop", Roots with { Text = "istiod's" }));
    }

    private async Task SettleAsync(string ns)
    {
        _namespaces.Put(Namespace(ns));
        await WrittenAsync(ns);
        _roots.Put(Server.Find<V1ConfigMap>(Roots.Name, ns)!);
        _revoked.Put(Server.Find<V1ConfigMap>(Revoked.Name, ns)!);
        await UntilAsync(() => Distributor.Pending == 0);
    }

    private Task WrittenAsync(string ns) => UntilAsync(() =>
        Server.Find<V1ConfigMap>(Roots.Name, ns) is not null && Server.Find<V1ConfigMap>(Revoked.Name, ns) is not null);

    private async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            // A call that failed for the machine's sake is tried again after a moment, which this clock has to give it.
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Delay(5, patience.Token);
        }
    }
}
