using MeshCA.Admin.Policies;
using Xunit;

namespace MeshCA.Tests.Admin.Policies;

public sealed class WorkloadTextTests
{
    [Theory]
    [InlineData("shop")]
    [InlineData("shop/app=api")]
    [InlineData("shop/app=api,gateway.networking.k8s.io/gateway-name=g,z=")]
    public void What_is_read_is_printed_alike(string text)
    {
        Assert.True(WorkloadText.TryParse(text, out var workload));
        Assert.Equal(text, WorkloadText.Of(workload));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/app=api")]
    [InlineData("shop/app")]
    [InlineData("shop/=api")]
    [InlineData("shop/a=b=c")]
    [InlineData("shop/a=b,a=c")]
    public void Other_texts_are_no_workload(string text) => Assert.False(WorkloadText.TryParse(text, out _));

    [Fact]
    public void The_proxy_and_its_service_are_described()
    {
        Assert.True(WorkloadText.TryParse("shop", out var workload));
        Assert.Equal("shop (sidecar)", WorkloadText.Describe(workload));
        Assert.Equal(
            "shop (waypoint) for service shop/cart",
            WorkloadText.Describe(workload with { Proxy = AuthzEngine.Policies.ProxyKind.Waypoint, Service = new("shop", "cart") }));
    }
}
