using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Leadership;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class LeaderLabelTests : IAsyncLifetime
{
    private FakeApiServer? _server;
    private KubernetesApi? _api;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync(Token);
        _api = _server.CreateClient();
        foreach (var name in new[] { "meshca-0", "meshca-1" })
        {
            _server.Put(new V1Pod { Metadata = new() { Name = name, Namespace = "mesh", Labels = new Dictionary<string, string> { ["app"] = "meshca" } } });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _api!.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task The_leader_has_the_label_and_takes_it_off_a_leader_that_died()
    {
        await Label("meshca-0").AdvanceAsync(leads: true, Token);
        Assert.Equal(["meshca-0"], Labelled());

        await Label("meshca-1").AdvanceAsync(leads: true, Token);
        Assert.Equal(["meshca-1"], Labelled());
        Assert.Equal("meshca", _server!.Find<V1Pod>("meshca-0", "mesh")!.Metadata.Labels!["app"]);
    }

    [Fact]
    public async Task Who_leads_no_longer_takes_its_own_off_and_nobody_elses()
    {
        await Label("meshca-0").AdvanceAsync(leads: true, Token);
        await Label("meshca-1").AdvanceAsync(leads: false, Token);
        Assert.Equal(["meshca-0"], Labelled());

        await Label("meshca-0").AdvanceAsync(leads: false, Token);
        Assert.Empty(Labelled());
    }

    [Fact]
    public async Task What_fails_is_told_and_ends_nothing()
    {
        var log = new RecordingLogger();
        _server!.IsDown = true;
        await new LeaderLabel(_api!, "mesh", "meshca-0", log).AdvanceAsync(leads: true, Token);
        Assert.Equal(9107, Assert.Single(log.Entries).EventId);
    }

    private LeaderLabel Label(string pod) => new(_api!, "mesh", pod, NullLogger.Instance);

    private IEnumerable<string> Labelled() =>
        _server!.All<V1Pod>().Where(pod => pod.Metadata.Labels?.ContainsKey(LeaderLabel.Name) == true).Select(pod => pod.Metadata.Name!);
}
