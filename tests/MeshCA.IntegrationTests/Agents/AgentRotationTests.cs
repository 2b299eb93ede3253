using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using SpiffeIdentity.Svids;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>A rotation of the root with an agent: the guards see what it has, and it never lacks an SVID that its bundle verifies.</summary>
public sealed class AgentRotationTests
{
    [Fact]
    public async Task A_rotation_waits_for_the_agents_files_and_ends_with_the_agent_on_the_new_root()
    {
        using var meshHome = new MeshHome(
            ("Authorities:IntermediateLifetime", "00:05:00"), ("Authorities:RootLifetime", "01:00:00"),
            ("Issuance:DefaultLifetime", "00:00:10"), ("Issuance:MaxLifetime", "00:02:00"), ("Issuance:AuthorityFloor", "00:00:01"),
            ("Rotation:PropagationWindow", "00:00:02"), ("Rotation:SettleTime", "00:00:01"), ("Rotation:CheckInterval", "00:00:00.2"),
            ("Rotation:HoldOverdueShare", "1"), ("Rotation:HoldFailureShare", "1"));
        meshHome.Set(("Server:AdminSocket", meshHome.File("run/admin.sock")));
        await using var mesh = await meshHome.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:10"));
        home.Set(("Agent:Files:0:Directory", home.File("out")), ("Agent:Files:0:ReloadCommand:0", "/bin/sh"),
            ("Agent:Files:0:ReloadCommand:1", "-c"), ("Agent:Files:0:ReloadCommand:2", $"test ! -e {home.File("busy")}"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();
        var first = await agent.StateAsync(state => state is { Svids.Length: 1, Bundle.Sequence: not null }, "an SVID and the bundle");
        await Eventually.TrueAsync(() => Sequence() == (long)first.Bundle!.Sequence!.Value, "the first acknowledgement");

        // While the program that reads the files cannot be told of them, the new root is not in use.
        home.Write("busy", "");
        using var channel = mesh.ConnectAdmin();
        var orders = new MeshCA.Wire.Admin.Authorities.AuthoritiesClient(channel);
        await orders.BeginRotationAsync(new BeginRotationRequest { Reason = "test" }, cancellationToken: TestContext.Current.CancellationToken);
        var both = await agent.StateAsync(state => state.Bundle!.X509.Authorities.Count == 2, "both roots");
        await Eventually.TrueAsync(
            () => System.IO.File.ReadAllText(home.File("out/root-cert.pem")).Split("BEGIN").Length == 3, "both roots in the file");
        Assert.True(Sequence() < (long)both.Bundle!.Sequence!.Value);
        Assert.Equal("distributing", await PhaseAsync());

        System.IO.File.Delete(home.File("busy"));
        await Eventually.TrueAsync(async () =>
        {
            var state = agent.State;
            Assert.Single(state.Svids);
            return await PhaseAsync() == "completed";
        }, "the end of the rotation", TimeSpan.FromSeconds(90));
        var last = await agent.StateAsync(state => state.Bundle!.X509.Authorities.Count == 1, "the new root alone");
        Assert.False(last.Bundle!.X509.Equals(first.Bundle!.X509));
        Assert.Equal(X509SvidError.None, last.Svids[0].Svid.Verify(last.Bundle.X509, TimeProvider.System.GetUtcNow()));

        long Sequence() => mesh.Part<ConsumerRegistry>().Live().Where(consumer => consumer.IsConnected).Select(consumer => consumer.Sequence).SingleOrDefault();

        async Task<string> PhaseAsync() => (await orders.GetRotationAsync(new(), cancellationToken: TestContext.Current.CancellationToken)).Record?.Phase ?? "";
    }
}
