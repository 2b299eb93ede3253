using Grpc.Core;
using Grpc.Health.V1;
using MeshCA.Authorities;
using MeshCA.IntegrationTests.Running;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rotations;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A clock that stands far behind the newest record: nothing is issued until it is right again.</summary>
public sealed class ClockFaultTests
{
    [Fact]
    public async Task A_clock_far_behind_makes_the_service_unready_and_it_recovers_by_itself()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Connect();
        await client.AskAsync(mesh.Home.Token());
        mesh.Home.Clock.Offset = TimeSpan.FromMinutes(-6);
        var status = await client.RefusalOfAsync(new Ask { Token = mesh.Home.Token() });
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        await UnreadyAsync(mesh, client);

        mesh.Home.Clock.Offset = TimeSpan.Zero;
        await Eventually.TrueAsync(async () => await mesh.ReadinessCodeAsync() == 200, "readiness");
        await client.AskAsync(mesh.Home.Token());
        await Eventually.TrueAsync(() => mesh.Home.Store.Read("SELECT action FROM audit_events WHERE action LIKE 'clock%'").Count >= 2, "the audit");
    }

    [Fact]
    public async Task A_clock_within_the_bound_issues()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Connect();
        await client.AskAsync(mesh.Home.Token());
        mesh.Home.Clock.Offset = TimeSpan.FromMinutes(-4);
        await client.AskAsync(mesh.Home.Token());
        Assert.Equal(200, await mesh.ReadinessCodeAsync());
    }

    // From the beginning: a machine whose clock lost its battery, before it is set over the network.
    [Fact]
    public async Task A_clock_behind_the_newest_record_at_the_start_issues_nothing_and_changes_no_authority_until_it_is_set()
    {
        using var home = new MeshHome();
        home.Set(("Server:AdminSocket", home.File("run/admin.sock")));
        var first = await home.StartAsync();
        var (client, before) = await first.EnrolAsync();
        client.Dispose();
        await first.CloseAsync();
        var changes = Changes(home);

        home.Clock.Offset = TimeSpan.FromDays(-3650);
        await using var mesh = await home.StartAsync();
        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        Assert.Contains("ClockBehind", await mesh.ReadinessAsync(), StringComparison.Ordinal);
        await mesh.Part<IAuthoritySource>().AdvanceAsync(TestContext.Current.CancellationToken);
        var context = new CommandContext(home.Clock.GetUtcNow(), "uid:0", "a drill");
        RotationOutcome[] outcomes =
        [
            await mesh.Part<JwtKeyCoordinator>().RotateAsync(context, TestContext.Current.CancellationToken),
            await mesh.Part<RotationCoordinator>().ExecuteAsync(new AuthorityCommand.Rollback(), context, TestContext.Current.CancellationToken),
        ];
        Assert.Equal([AuthorityRefusal.ClockBehind, AuthorityRefusal.NoRotation], outcomes.Select(outcome => Assert.IsType<RotationOutcome.Refused>(outcome).Reason));
        Assert.True(mesh.Part<RotationCoordinator>().ClockIsBehind());
        Assert.True(mesh.Part<ListPublisher>().IsBehind());
        Assert.Equal(changes, Changes(home));

        home.Clock.Offset = TimeSpan.FromMinutes(5);
        await Eventually.TrueAsync(async () => await mesh.ReadinessCodeAsync() == 200, "readiness");
        await mesh.ReadBundleAsync();
        var (again, after) = await mesh.EnrolAsync();
        again.Dispose();
        Assert.Equal(before.Bundle[0].RawData, Assert.Single(after.Bundle).RawData);
        Assert.Equal(before.Middle[0].RawData, after.Middle[0].RawData);

        // What is forgotten or not found for good goes by the machine's count (docs/operations.md, a clock that jumps ahead).
        Assert.False(mesh.Part<ListPublisher>().IsBehind());
        home.Clock.Offset = TimeSpan.FromDays(8);
        Assert.All(
            [mesh.Part<ListPublisher>().Earliest(), mesh.Part<RevocationCommands>().Earliest()],
            earliest => Assert.True(earliest < home.Clock.GetUtcNow() - TimeSpan.FromDays(7)));
    }

    private static int Changes(MeshHome home) => home.Store.Read("SELECT 1 FROM audit_events WHERE action LIKE 'root.%' OR action LIKE 'intermediate.%' OR action LIKE 'jwt-key.%'").Count;

    private static async Task UnreadyAsync(TestMesh mesh, MeshClient client)
    {
        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        Assert.Contains("ClockBehind", await mesh.ReadinessAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => (await client.Health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.NotServing,
            "NOT_SERVING");
    }
}
