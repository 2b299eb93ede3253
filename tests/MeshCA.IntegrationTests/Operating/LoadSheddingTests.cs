using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Rpc;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>Quota and overload (appendix B item 7): told at once, in a way that agents retry.</summary>
public sealed class LoadSheddingTests
{
    [Fact]
    public async Task One_identity_gets_its_burst_and_then_resource_exhausted()
    {
        const int burst = 300;
        await using var mesh = await TestMesh.StartAsync(
            ("Limits:IdentityBurst", $"{burst}"), ("Limits:IdentityRatePerSecond", "1"), ("Limits:MaxConcurrentRequests", "1000"));
        using var client = mesh.Connect();
        using var key = WorkloadKey.P256();
        var (csr, token) = (key.Csr(), mesh.Home.Token());
        var codes = await Task.WhenAll(Enumerable.Range(0, burst + 100).Select(_ => client.CodeOfAsync(csr, new Ask { Token = token })));
        Assert.InRange(codes.Count(code => code == StatusCode.OK), burst, burst + 99);
        Assert.All(codes, code => Assert.True(code is StatusCode.OK or StatusCode.ResourceExhausted, $"{code}"));

        // Another identity is not held up by it.
        Assert.Equal(StatusCode.OK, await client.CodeOfAsync(csr, new Ask { Token = mesh.Home.Token("other") }));
    }

    [Fact]
    public async Task While_all_places_are_taken_calls_are_shed_and_afterwards_served()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "1"));
        using var client = mesh.Connect();
        using (var place = mesh.Part<Admission>().Enter(_ => 1, 0))
        {
            Assert.True(place.IsAcquired);
            var status = await client.RefusalOfAsync(new Ask { Token = mesh.Home.Token() });
            Assert.Equal(StatusCode.ResourceExhausted, status.StatusCode);
        }

        Assert.Equal("", (await client.AskAsync(mesh.Home.Token())).FindFault(mesh.Home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Overload_brings_no_other_error_than_resource_exhausted()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "1"));
        using var client = mesh.Connect();
        using var key = WorkloadKey.P256();
        var (csr, token) = (key.Csr(), mesh.Home.Token());
        var codes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.CodeOfAsync(csr, new Ask { Token = token })));
        Assert.All(codes, code => Assert.True(code is StatusCode.OK or StatusCode.ResourceExhausted, $"{code}"));
        Assert.Contains(StatusCode.OK, codes);
        Assert.Contains(StatusCode.ResourceExhausted, codes);
        Assert.Equal(codes.Count(code => code == StatusCode.OK), mesh.Home.Store.Count(kind: 5));
    }
}
