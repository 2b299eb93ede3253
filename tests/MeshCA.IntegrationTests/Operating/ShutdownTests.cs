using Grpc.Health.V1;
using Grpc.HealthCheck;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Istio;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A stop that nobody notices: what is under way finishes, what is new is told to go elsewhere.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task A_call_under_way_finishes_while_health_says_not_serving()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var http = mesh.ConnectRaw();
        using var key = WorkloadKey.P256();
        using var call = await HeldCall.BeginAsync(mesh, http, new IstioCertificateRequest { Csr = key.Csr() });

        var stop = mesh.StopAsync();
        await Eventually.TrueAsync(async () => await HealthAsync(mesh) == HealthCheckResponse.Types.ServingStatus.NotServing, "NOT_SERVING");
        Assert.False(stop.IsCompleted);
        call.Finish();
        using var response = await call.Answer;
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        await stop;
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(TestMesh mesh) =>
        (await mesh.Part<HealthServiceImpl>().Check(new HealthCheckRequest(), null!)).Status;
}
