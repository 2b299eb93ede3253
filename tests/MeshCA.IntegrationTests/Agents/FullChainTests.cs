using System.Text.Json;
using MeshCA.IntegrationTests.Agents.Peers;
using MeshCA.IntegrationTests.Authorities;
using MeshCA.IntegrationTests.Proxies;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>
/// Everything in processes of its own: the service, two agents, and two applications that are set up with the ten lines of the
/// client library's README and call each other all the time.
/// </summary>
public sealed class FullChainTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // Nobody serves on with a certificate that ended before the service was back, so it is longer where programs start slowly.
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(110);
    private const int StartsInALife = 4;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task No_request_fails_through_renewals_a_rotation_of_the_root_the_death_of_the_service_and_of_agents()
    {
        var port = ProxyProcess.FreePort();
        await using var mesh = new RotatingMesh($"Server:Port={port}", "Issuance:LifetimeJitter=0");
        var began = TimeProvider.System.GetTimestamp();
        await mesh.StartAsync();
        var life = TimeSpan.FromSeconds(Math.Ceiling(
            Math.Clamp(StartsInALife * TimeProvider.System.GetElapsedTime(began).TotalSeconds, ShortestLife.TotalSeconds, LongestLife.TotalSeconds)));
        await System.IO.File.WriteAllTextAsync(_directory.File("roots.pem"), await mesh.ReadRootsAsync());
        await using var oneAgent = Agent(mesh, port, "one", life);
        await using var twoAgent = Agent(mesh, port, "two", life);
        await Task.WhenAll(oneAgent.StartAsync(), twoAgent.StartAsync());

        var (onePort, twoPort) = (ProxyProcess.FreePort(), ProxyProcess.FreePort());
        await using var one = App("one", onePort, "two", twoPort);
        await using var two = App("two", twoPort, "one", onePort);
        foreach (var app in (WorkloadProcess[])[one, two])
        {
            await app.AskAsync("report"); // it serves
        }

        await one.AskAsync("start");
        await two.AskAsync("start");
        await RenewedAsync();
        var before = Assert.Single(Roots(await one.AskAsync("report")));

        Assert.Equal(0, (await mesh.OrderAsync("root", "rotate", "--reason", "test")).Code);
        await Eventually.TrueAsync(async () => await mesh.PhaseAsync() is "draining" or "completed", "the new root signs", Patience);

        // Each with a fresh certificate, so that a busy machine has its whole life to start processes again.
        await RenewedAsync();
        await mesh.RestartAsync();
        await RenewedAsync();
        await oneAgent.EndAsync(kills: true);
        await System.IO.File.WriteAllTextAsync(_directory.File("roots.pem"), await mesh.ReadRootsAsync()); // as kubelet keeps it up to date
        await oneAgent.StartAsync();
        await RenewedAsync();
        await twoAgent.EndAsync(kills: false);
        await twoAgent.StartAsync();

        await Eventually.TrueAsync(async () => await mesh.PhaseAsync() == "completed", "the end of the rotation", Patience);
        await Eventually.TrueAsync(
            async () => Roots(await one.AskAsync("report")) is [var last] && last != before && Roots(await two.AskAsync("report")) is [var other] && other == last,
            "the new root alone", Patience);
        await mesh.RestartAsync();
        await RenewedAsync();
        foreach (var app in (WorkloadProcess[])[one, two])
        {
            var report = await app.AskAsync("stop");
            Assert.True(Number(report, "Failed") == 0, $"{report}\n{one.Errors}\n{two.Errors}\n{oneAgent.Errors}\n{twoAgent.Errors}");
            Assert.True(Number(report, "Kept") > 0 && Number(report, "Fresh") > 0 && Number(report, "Svids") >= 5, report.GetRawText());
            TestContext.Current.SendDiagnosticMessage($"leaves of {life}: {report.GetRawText()}");
        }

        // Both have another SVID than now, and requests went over it.
        async Task RenewedAsync()
        {
            var (first, second) = (await one.AskAsync("report"), await two.AskAsync("report"));
            await Eventually.TrueAsync(async () => Went(first, await one.AskAsync("report")) && Went(second, await two.AskAsync("report")), "renewals", Patience);
        }
    }

    private static bool Went(JsonElement before, JsonElement now) =>
        Number(now, "Svids") > Number(before, "Svids") && Number(now, "Fresh") > Number(before, "Fresh") && Number(now, "Kept") > Number(before, "Kept");

    private static int Number(JsonElement report, string name) => report.GetProperty(name).GetInt32();

    private static string[] Roots(JsonElement report) => [.. report.GetProperty("Roots").EnumerateArray().Select(root => root.GetString()!)];

    private AgentProcess Agent(RotatingMesh mesh, int port, string account, TimeSpan life) => new(
        "--address", $"https://localhost:{port}", "--roots", _directory.File("roots.pem"), "--dev", mesh.Data, "--service-account", $"shop/{account}",
        "--set", $"Workloads:Socket={SocketOf(account)}", "--set", $"Agent:Lifetime={life:c}", "--set", "Agent:Spread=00:00:01",
        "--set", "Agent:LongestRetry=00:00:01");

    private WorkloadProcess App(string account, int port, string peer, int peerPort) => WorkloadProcess.StartApp(
        SocketOf(account), $"http://127.0.0.1:{port}", $"https://127.0.0.1:{peerPort}/", $"spiffe://cluster.local/ns/shop/sa/{peer}");

    private string SocketOf(string account) => _directory.File($"{account}/agent.sock");
}
