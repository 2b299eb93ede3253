using Grpc.Core;
using Grpc.Health.V1;
using MeshCA.IntegrationTests.Running;
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

    private static async Task UnreadyAsync(TestMesh mesh, MeshClient client)
    {
        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        Assert.Contains("ClockBehind", await mesh.ReadinessAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => (await client.Health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.NotServing,
            "NOT_SERVING");
    }
}
