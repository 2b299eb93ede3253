using System.Text.Json;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>Workloads talk with each other while the root changes under them. Each knows what its last answer told it, no more.</summary>
public sealed class RotationTrafficTests
{
    private const int Workloads = 50;
    private const int ByOpenSsl = 4;
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_handshake_fails_while_the_root_changes(bool kills)
    {
        await using var mesh = new RotatingMesh();
        await mesh.StartAsync();
        await using var fleet = await Fleet.StartAsync(mesh, Workloads);
        var before = fleet[0].Answer.Bundle[0].Thumbprint;

        Assert.Equal(0, (await mesh.OrderAsync("root", "rotate", "--reason", "test")).Code);
        foreach (var phase in (string[])["draining", "completed"])
        {
            await (kills ? mesh.RestartAsync() : Task.CompletedTask);

            // On a busy machine the next phase may have come already.
            await Eventually.TrueAsync(async () => await mesh.PhaseAsync() is var present && (present == phase || present == "completed"), phase, LongPatience);
        }

        await (kills ? mesh.RestartAsync() : Task.CompletedTask);
        await fleet.RenewedAsync();
        await fleet.StopAsync();
        Assert.Empty(fleet.Faults);
        Assert.All(fleet.Workloads, workload => Assert.True(workload.Handshakes > 0, workload.Name));
        Assert.All(fleet.Workloads, workload => Assert.DoesNotContain(workload.Answer.Bundle, root => root.Thumbprint == before));
    }

    [Fact]
    public async Task No_handshake_fails_while_a_rotation_is_taken_back()
    {
        await using var mesh = new RotatingMesh();
        await mesh.StartAsync();
        await using var fleet = await Fleet.StartAsync(mesh, Workloads / 2);
        var before = fleet[0].Answer.Bundle[0].Thumbprint;
        await mesh.OrderAsync("root", "rotate");
        await Eventually.TrueAsync(async () => await mesh.PhaseAsync() == "draining", "draining", LongPatience);
        Assert.Equal(0, (await mesh.OrderAsync("root", "rollback", "--reason", "second thoughts")).Code);
        await mesh.RestartAsync();
        await Eventually.TrueAsync(async () => await mesh.PhaseAsync() == "rolled_back", "rolled back", LongPatience);
        await fleet.RenewedAsync();
        await fleet.StopAsync();
        Assert.Empty(fleet.Faults);
        Assert.All(fleet.Workloads, workload => Assert.Equal(before, Assert.Single(workload.Answer.Bundle).Thumbprint));
    }

    [Fact]
    public async Task Who_would_be_cut_off_is_named_before_and_nobody_else_is()
    {
        await using var mesh = new RotatingMesh();
        await mesh.StartAsync();
        await using var fleet = await Fleet.StartAsync(mesh, 10);

        // Its node lost the way to the service: it has a certificate for two minutes, and the old bundle.
        await using var lost = await Workload.StartAsync("lost", (account, csr) => mesh.AskAsync(account, csr, 120));
        await mesh.OrderAsync("root", "rotate");
        await fleet.RenewedAsync();
        Assert.Equal("lost", Named(await mesh.OrderAsync("root", "activate")));
        Assert.Equal("distributing", await mesh.PhaseAsync());
        Assert.Equal(2, (await Command.RunAsync(MeshProcess.Executable, "", ["root", "activate", "--force", "--socket", "none"])).Code);

        // The cross-certificate still carries it over the activation.
        Assert.Equal(0, (await mesh.OrderAsync("root", "activate", "--force", "--reason", "the node is gone")).Code);
        await fleet.RenewedAsync();
        Assert.True(await lost.CallAsync(fleet[0]) && await fleet[0].CallAsync(lost), string.Join('\n', lost.Faults.Concat(fleet.Faults)));

        // Once the others' certificates under the old root have expired, its is the one that is left.
        await Eventually.TrueAsync(
            async () => (await mesh.OrderAsync("root", "retire")).Report.GetProperty("stranded_leaves").GetInt64() == 1, "one stranded", LongPatience);
        Assert.Equal("lost", Named(await mesh.OrderAsync("root", "retire")));
        Assert.Equal(0, (await mesh.OrderAsync("root", "retire", "--force", "--reason", "the node is gone")).Code);
        await fleet.RenewedAsync();
        await fleet.StopAsync();
        Assert.Empty(fleet.Faults);
        Assert.False(await lost.CallAsync(fleet[0]));
    }

    // Who renews in time is updated by now; whoever is not is the one that cannot.
    private static string Named((int Code, JsonElement Report) refused)
    {
        Assert.Equal(3, refused.Code);
        var laggard = Assert.Single(refused.Report.GetProperty("status").GetProperty("fleet").GetProperty("laggards").EnumerateArray());
        var subject = laggard.GetProperty("subject").GetString()!;
        return subject[(subject.LastIndexOf('/') + 1)..];
    }

    private sealed class Fleet : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<Task> _running = [];

        private Fleet(IReadOnlyList<Workload> workloads) => Workloads = workloads;

        public IReadOnlyList<Workload> Workloads { get; }

        public IEnumerable<string> Faults => Workloads.SelectMany(workload => workload.Faults);

        public Workload this[int index] => Workloads[index];

        public static async Task<Fleet> StartAsync(RotatingMesh mesh, int count)
        {
            var started = new List<Workload>();
            for (var i = 0; i < count; i++)
            {
                started.Add(await Workload.StartAsync($"web-{i}", (account, csr) => mesh.AskAsync(account, csr, 0)));
            }

            var fleet = new Fleet(started);
            for (var i = 0; i < count; i++)
            {
                // Some agents are late on purpose.
                fleet._running.Add(started[i].RenewAsync(i % 5 == 0 ? 0.6 : 0.35, fleet._stop.Token));
                fleet._running.Add(started[i].CallAsync(started, i < ByOpenSsl ? 3 * Pause : Pause, i < ByOpenSsl, fleet._stop.Token));
            }

            return fleet;
        }

        /// <summary>Waits until every workload has renewed.</summary>
        public async Task RenewedAsync()
        {
            var held = Workloads.Select(workload => workload.Answer).ToList();
            await Eventually.TrueAsync(() => Workloads.Zip(held).All(pair => pair.First.Answer != pair.Second), "a renewal of everybody");
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_running);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            foreach (var workload in Workloads)
            {
                await workload.DisposeAsync();
            }

            _stop.Dispose();
        }
    }
}
