using Grpc.Core;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.IntegrationTests.Running;
using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Storage;
using MeshCA.Storage.Queries;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>ADR 0009: one signs, the other stands by.</summary>
public sealed class TwoReplicasTests : IAsyncLifetime
{
    private HomeCluster? _cluster;

    private HomeCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await HomeCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    [Fact]
    public async Task A_standby_is_alive_and_not_ready_and_has_no_certificate_to_serve_with()
    {
        var a = await Cluster.StartReplicaAsync("a");
        await HomeCluster.LeadsAsync(a);
        var b = await Cluster.StartReplicaAsync("b");

        Assert.Equal("ok\n", await b.GetAsync("/healthz/live"));
        Assert.Equal(503, await b.ReadinessCodeAsync());
        await Eventually.TrueAsync(
            async () => (await b.ReadinessAsync()).Contains("a\\u0060 does", StringComparison.Ordinal), "the leader's name in the standby's readiness");
        await Eventually.TrueAsync(() => b.Part<IAuthoritySnapshots>().Current is not null, "a standby that is warm");
        Assert.Equal(a.Part<IAuthoritySnapshots>().Current!.Signer.Id, b.Part<IAuthoritySnapshots>().Current!.Signer.Id);
        Assert.Empty(await RecordsAsync(b));
        Assert.Equal("ok\n", await b.GetAsync("/healthz/available"));
    }

    [Fact]
    public async Task A_replica_that_starts_while_the_server_is_down_waits_and_leads_once_it_is_back()
    {
        Cluster.Server.IsDown = true;
        var a = await Cluster.StartReplicaAsync("a");
        Assert.Equal("ok\n", await a.GetAsync("/healthz/live"));
        Assert.Equal(503, await a.ReadinessCodeAsync());

        Cluster.Server.IsDown = false;
        await HomeCluster.LeadsAsync(a);
    }

    [Fact]
    public async Task The_leaders_pod_has_the_label_that_a_service_selects_by()
    {
        foreach (var name in new[] { "a", "b" })
        {
            Cluster.Server.Put(new V1Pod { Metadata = new() { Name = name, Namespace = "mesh", Labels = new Dictionary<string, string> { ["app"] = "meshca" } } });
        }

        var a = await Cluster.StartReplicaAsync("a", ("LeaderElection:LabelPods", "true"), ("LeaderElection:Pod", "a"));
        await HomeCluster.LeadsAsync(a);
        await Eventually.TrueAsync(() => HasLabel("a"), "the label of the leader");
        var b = await Cluster.StartReplicaAsync("b", ("LeaderElection:LabelPods", "true"), ("LeaderElection:Pod", "b"));
        Cluster.CutOff("a");
        await HomeCluster.LeadsAsync(b);
        await Eventually.TrueAsync(() => HasLabel("b") && !HasLabel("a"), "the label of the next leader alone");
    }

    private bool HasLabel(string pod) => Cluster.Server.Find<V1Pod>(pod, "mesh")!.Metadata.Labels!.ContainsKey(LeaderLabel.Name);

    [Fact]
    public async Task A_leader_that_is_cut_off_stops_signing_and_the_standby_takes_over_under_the_same_authority()
    {
        var a = await Cluster.StartReplicaAsync("a");
        await HomeCluster.LeadsAsync(a);
        var b = await Cluster.StartReplicaAsync("b");
        using var ofA = a.Connect();
        using var key = WorkloadKey.P256();
        var first = await ofA.AskAsync(key.Csr(), new Ask { Token = a.Home.Token() });

        Cluster.CutOff("a");
        await HomeCluster.LeadsAsync(b);

        // The lease's rules: `a` had stopped by itself before `b` could have it.
        Assert.Null(a.Part<SigningRight>().Term);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => ofA.AskAsync(key.Csr(), new Ask { Token = a.Home.Token() }));
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);

        using var ofB = b.Connect();
        var second = await ofB.AskAsync(key.Csr(), new Ask { Token = b.Home.Token() });
        Assert.Equal("", second.FindFault(b.Home.Clock.GetUtcNow()));
        Assert.Equal(first.Middle[0].RawData, second.Middle[0].RawData);
        Assert.Equal(first.Elements[^1], second.Elements[^1]);

        var (last, next) = ((await RecordsAsync(a)).Max(record => record.IssuedAt), (await LeavesAsync(b)).Min(record => record.IssuedAt));
        Assert.True(last < next, $"{last:O} is not before {next:O}");
    }

    [Fact]
    public async Task Who_comes_back_stands_by_and_can_take_over_again()
    {
        var a = await Cluster.StartReplicaAsync("a");
        await HomeCluster.LeadsAsync(a);
        var b = await Cluster.StartReplicaAsync("b");
        Cluster.CutOff("a");
        await HomeCluster.LeadsAsync(b);

        Cluster.CutOff("b");
        await HomeCluster.LeadsAsync(a);
        using var client = a.Connect();
        using var key = WorkloadKey.P256();
        Assert.Equal("", (await client.AskAsync(key.Csr(), new Ask { Token = a.Home.Token() })).FindFault(a.Home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_leader_that_stops_gives_the_lease_back_at_once()
    {
        var a = await Cluster.StartReplicaAsync("a");
        await HomeCluster.LeadsAsync(a);
        var b = await Cluster.StartReplicaAsync("b");
        await a.StopAsync();
        await HomeCluster.LeadsAsync(b);
        Assert.Equal("b", Cluster.Server.Find<V1Lease>("meshca", "mesh")!.Spec!.HolderIdentity);
    }

    [Fact]
    public async Task A_replica_whose_store_is_gone_has_the_same_root_again()
    {
        var first = await Cluster.StartAsync("a", ("Authorities:Secret", "mesh/meshca-authorities"));
        await HomeCluster.LeadsAsync(first);
        var pem = await first.ReadBundleAsync();
        await first.StopAsync();

        var again = await Cluster.StartAsync("b", ("Authorities:Secret", "mesh/meshca-authorities"));
        await HomeCluster.LeadsAsync(again);
        Assert.Equal(pem, await again.ReadBundleAsync());
    }

    private static async Task<IReadOnlyList<IssuanceRecord>> RecordsAsync(TestMesh mesh)
    {
        var page = await mesh.Part<IStoreQueries>().FindRecordsAsync(new JournalQuery { Limit = 100 }, TestContext.Current.CancellationToken);
        return [.. page.Entries.Select(entry => entry.Record)];
    }

    private static async Task<IReadOnlyList<IssuanceRecord>> LeavesAsync(TestMesh mesh) =>
        [.. (await RecordsAsync(mesh)).Where(record => record.Kind == CertificateKind.Leaf)];
}
