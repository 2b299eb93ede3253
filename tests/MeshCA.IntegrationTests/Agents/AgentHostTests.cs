using MeshCA.Agent.Hosting;
using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

public sealed class AgentHostTests
{
    [Fact]
    public async Task An_agent_starts_without_its_ca_and_lives()
    {
        using var home = new AgentHome { States = new AgentStateStore() };
        await using var agent = await home.StartAsync();

        Assert.Equal("ok\n", await agent.Http.GetStringAsync("/healthz/live"));
        Assert.Equal(0, agent.State.Revision);
    }

    [Fact]
    public async Task An_agent_without_socket_and_port_opens_none()
    {
        using var home = new AgentHome(("Agent:AdminSocket", ""), ("Agent:HttpPort", "")) { States = new AgentStateStore() };
        await using var agent = await home.StartAsync();

        Assert.Null(agent.Http.BaseAddress);
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_at_once()
    {
        using var home = new AgentHome(("Agent:Address", "localhost:1"), ("Agent:TrustDomain", "UPPER"), ("Telemetry:TraceRatio", "2"));
        var refused = Assert.IsType<AgentStart.Refused>(await home.TryStartAsync());

        Assert.Equal(AgentStartError.Configuration, refused.Error);
        Assert.Equal(3, refused.Faults.Count);
    }
}
