using System.Net.Http;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Rpc;
using MeshCA.Wire.Istio;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>Callers that take a place and then send nothing more: they keep others out for a bounded time only.</summary>
public sealed class SlowBodyTests
{
    [Fact]
    public async Task While_bodies_stall_others_are_served_up_to_the_limit_and_shed_beyond_it()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "2"));
        using var http = mesh.ConnectRaw();
        using var client = mesh.Connect();
        using var first = await StallAsync(mesh, http);
        for (var call = 0; call < 5; call++)
        {
            await client.AskAsync(mesh.Home.Token());
        }

        using var second = await StallAsync(mesh, http);
        await ShedAsync(mesh, client);
        Assert.Equal(GrpcStatus.Overloaded.Detail, (await client.RefusalOfAsync(new Ask { Token = mesh.Home.Token() })).Detail);
        Assert.False(first.Answer.IsCompleted);
        Assert.False(second.Answer.IsCompleted);
    }

    [Fact]
    public async Task A_body_that_stalls_is_cut_off_at_the_limit_and_its_place_given_back()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "2"));
        using var http = mesh.ConnectRaw();
        using var client = mesh.Connect();
        using var first = await StallAsync(mesh, http);
        using var second = await StallAsync(mesh, http);
        await ShedAsync(mesh, client);

        mesh.Home.Clock.Elapse(AdmissionMiddleware.LongestCall);

        await IsResetAsync(first);
        await IsResetAsync(second);
        await ServedAsync(mesh, client);
        await Eventually.TrueAsync(
            () => mesh.Home.Store.Audit("csr.refused").Count(entry => entry.Detail.StartsWith("TooSlow, from 127.0.0.1", StringComparison.Ordinal)) == 2,
            "an audit entry of each");

        // The connection lives on: only the streams were cut off.
        using var third = await StallAsync(mesh, http);
        third.Finish();
        using var answer = await third.Answer;
        Assert.Single(answer.Headers.GetValues("grpc-status"));
    }

    [Fact]
    public async Task A_caller_that_resets_its_stream_gives_its_place_back_at_once()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "1"));
        using var http = mesh.ConnectRaw();
        using var call = await StallAsync(mesh, http);
        await IsGivenBackAsync(mesh, call, call.ResetAsync);
    }

    [Fact]
    public async Task A_connection_that_is_lost_gives_its_places_back_at_once()
    {
        await using var mesh = await TestMesh.StartAsync(("Limits:MaxConcurrentRequests", "1"));
        var (http, connection) = await mesh.ConnectRawOnceAsync();
        using var disposed = http;
        using var call = await StallAsync(mesh, http);
        await IsGivenBackAsync(mesh, call, () =>
        {
            connection.Close(timeout: 0);
            return Task.CompletedTask;
        });
    }

    private static async Task IsGivenBackAsync(TestMesh mesh, HeldCall call, Func<Task> goAway)
    {
        using var client = mesh.Connect();
        await ShedAsync(mesh, client);
        await goAway();
        await ServedAsync(mesh, client);
        await Assert.ThrowsAnyAsync<Exception>(() => call.Answer);

        // Not by the cut-off.
        Assert.DoesNotContain("TooSlow", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    // RFC 9113 §7: INTERNAL_ERROR, which gRPC clients report as INTERNAL.
    private static async Task IsResetAsync(HeldCall call)
    {
        var ended = await Assert.ThrowsAsync<HttpRequestException>(() => call.Answer);
        Assert.Equal(2, Assert.IsType<HttpProtocolException>(ended.InnerException).ErrorCode);
    }

    // Half of the message comes, and with it enough for Kestrel's lowest data rate to hold for minutes.
    private static Task<HeldCall> StallAsync(TestMesh mesh, HttpMessageInvoker http) =>
        HeldCall.BeginAsync(mesh, http, new IstioCertificateRequest { Csr = new string('x', 64 << 10) });

    private static Task ShedAsync(TestMesh mesh, MeshClient client) => BecomesAsync(mesh, client, StatusCode.ResourceExhausted);

    private static Task ServedAsync(TestMesh mesh, MeshClient client) => BecomesAsync(mesh, client, StatusCode.OK);

    private static async Task BecomesAsync(TestMesh mesh, MeshClient client, StatusCode expected)
    {
        using var key = WorkloadKey.P256();
        var (csr, token) = (key.Csr(), mesh.Home.Token());
        await Eventually.TrueAsync(async () => await client.CodeOfAsync(csr, new Ask { Token = token }) == expected, $"{expected}");
    }
}
