using System.Net;
using MeshCA.Agent.Files;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>When an agent says that it is ready: to probes, which keep traffic away from a workload that could prove nothing.</summary>
public sealed class AgentReadinessTests
{
    [Fact]
    public async Task An_agent_is_ready_with_an_svid_for_each_entry_and_roots_and_not_before()
    {
        await using var home = new WorkloadHome { Entries = [SampleIdentities.Entry("web", Web), SampleIdentities.Entry("cart", Cart)] };
        await home.StartAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(home));

        home.Hold();
        Assert.Equal(HttpStatusCode.OK, await ProbeAsync(home));

        home.States.Publish(state => state with { Bundle = null });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(home));

        home.Hold();
        home.States.Publish(state => state with { Svids = state.Svids.RemoveAt(1) });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(home));
    }

    [Fact]
    public async Task An_svid_that_is_over_is_none()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var home = new WorkloadHome { Clock = clock };
        await home.Hold().StartAsync();
        Assert.Equal(HttpStatusCode.OK, await ProbeAsync(home));

        clock.Set(home.States.Current.Svids[0].Svid.NotAfter);
        Assert.Equal(HttpStatusCode.OK, await ProbeAsync(home));
        clock.Set(home.States.Current.Svids[0].Svid.NotAfter.AddSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(home));
    }

    [Fact]
    public async Task Files_that_are_wanted_and_not_there_keep_it_from_being_ready()
    {
        await using var home = new WorkloadHome();
        home.Files.Set(("Agent:Files:0:Directory", home.Files.File("out")), ("Agent:Files:0:Entry", "wbe"));
        await home.Hold().StartAsync();
        await Eventually.TrueAsync(() => home.Agent.Part<FilesWorker>().Statuses[0].Fault is not null, "the fault");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(home));
    }

    private static async Task<HttpStatusCode> ProbeAsync(WorkloadHome home)
    {
        using var response = await home.Agent.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
