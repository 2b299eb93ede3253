using System.Diagnostics;
using Grpc.Core;
using Kubernetes.Tests.Running;
using Kubernetes.Tests.Tokens;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Leadership;

/// <summary>One replica signs, the other takes over; both by a lease of the real API server.</summary>
[Trait("Category", "Long")]
public sealed class TwoReplicasTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly (string, string)[] Quick =
    [
        ("LeaderElection:LeaseDuration", "00:00:05"), ("LeaderElection:RenewDeadline", "00:00:03"), ("LeaderElection:RetryPeriod", "00:00:00.5"),
    ];

    private KubernetesCluster _cluster = null!; // set before each test

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubernetesCluster.StartAsync();
        await _cluster.CreateNamespaceAsync("shop");
        await _cluster.CreateAccountAsync("shop", "web");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task When_the_leader_is_killed_the_standby_signs_under_the_same_root()
    {
        await using var leader = await MeshService.StartAsync(_cluster, Settings("a"));
        await using var standby = await MeshService.StartUnreadyAsync(_cluster, Settings("b"));
        var ask = Answers.Of(await _cluster.TokenAsync("shop", "web", "istio-ca"));
        await leader.IdentityAsync(ask);
        Assert.Equal(503, (await standby.Process.ReadinessAsync()).Code);

        await leader.Process.KillAsync();
        var killed = TimeProvider.System.GetTimestamp();
        await ReadyAsync(standby);
        output.WriteLine($"with a lease of 5 s the standby was ready {TimeProvider.System.GetElapsedTime(killed).TotalSeconds:F1} s after the leader was killed");
        await standby.Process.ReadBundleAsync();
        Assert.Equal(leader.Process.Bundle.Select(root => root.Thumbprint), standby.Process.Bundle.Select(root => root.Thumbprint));
        using var client = standby.Connect();
        var answer = await Answers.AskAsync(client, ask);
        Assert.Equal("", ChainFault.Find(answer.Leaf, answer.Middle, leader.Process.Bundle, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task A_leader_that_ends_in_order_hands_over_at_once()
    {
        await using var leader = await MeshService.StartAsync(_cluster, Settings("a"));
        await using var standby = await MeshService.StartUnreadyAsync(_cluster, Settings("b"));
        await leader.Process.TerminateAsync();
        var ended = TimeProvider.System.GetTimestamp();
        await ReadyAsync(standby);
        output.WriteLine($"the standby was ready {TimeProvider.System.GetElapsedTime(ended).TotalSeconds:F1} s after the leader had ended in order");
    }

    [Fact]
    public async Task A_leader_that_slept_through_its_lease_does_not_sign_when_it_wakes()
    {
        await using var leader = await MeshService.StartAsync(_cluster, Settings("a"));
        await using var standby = await MeshService.StartUnreadyAsync(_cluster, Settings("b"));
        var ask = Answers.Of(await _cluster.TokenAsync("shop", "web", "istio-ca"));
        await leader.IdentityAsync(ask);
        using var client = leader.Connect();
        await Answers.AskAsync(client, ask);
        Signal("STOP", leader);
        try
        {
            await ReadyAsync(standby);
        }
        finally
        {
            Signal("CONT", leader);
        }

        using var key = WorkloadKey.P256();
        Assert.Equal(StatusCode.Unavailable, await client.CodeOfAsync(key.Csr(), ask));
        await standby.Process.ReadBundleAsync();
        await standby.IdentityAsync(ask);
    }

    private static Task ReadyAsync(MeshService service) => Eventually.TrueAsync(
        async () => (await service.Process.ReadinessAsync()).Code == 200, "readiness", TimeSpan.FromMinutes(1));

    private static void Signal(string name, MeshService service)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{service.Process.Id}"]);
        kill.WaitForExit();
    }

    private IEnumerable<(string, string)> Settings(string replica) =>
    [
        .. Quick, .. KeyFile.Settings(_cluster),
        ("LeaderElection:Lease", $"{Installation.Namespace}/meshca"), ("LeaderElection:Identity", replica),
        ("Authorities:Secret", $"{Installation.Namespace}/meshca-authorities"),
    ];
}
