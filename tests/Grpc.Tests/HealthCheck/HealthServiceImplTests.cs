using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.Tests.HealthCheck;

public sealed class HealthServiceImplTests
{
    [Fact]
    public async Task Health_says_what_was_set_last()
    {
        var health = new HealthServiceImpl();
        await using var host = await StartAsync(health);
        var client = new Health.V1.Health.HealthClient(host.Channel());

        health.SetStatus("", ServingStatus.Serving);
        var before = await client.CheckAsync(new HealthCheckRequest());
        health.SetStatus("", ServingStatus.NotServing);
        var after = await client.CheckAsync(new HealthCheckRequest());

        Assert.Equal(ServingStatus.Serving, before.Status);
        Assert.Equal(ServingStatus.NotServing, after.Status);
    }

    [Fact]
    public async Task An_unknown_service_is_not_found()
    {
        var health = new HealthServiceImpl();
        await using var host = await StartAsync(health);
        var client = new Health.V1.Health.HealthClient(host.Channel());
        health.SetStatus("a.B", ServingStatus.Serving);
        health.SetStatus("c.D", ServingStatus.Serving);
        health.ClearStatus("c.D");

        async Task<StatusCode> CodeOf(string service) =>
            (await Assert.ThrowsAsync<RpcException>(async () => await client.CheckAsync(new HealthCheckRequest { Service = service }))).StatusCode;

        Assert.Equal(StatusCode.NotFound, await CodeOf("c.D"));
        Assert.Equal(StatusCode.NotFound, await CodeOf("A.b"));
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest { Service = "a.B" })).Status);
        health.ClearAll();
        Assert.Equal(StatusCode.NotFound, await CodeOf("a.B"));
    }

    private static Task<GrpcHost> StartAsync(HealthServiceImpl health) =>
        GrpcHost.StartAsync(
            services: services => services.AddSingleton(health), map: app => app.MapGrpcService<HealthServiceImpl>());
}
