using System.Net.Http;
using MeshCA.Agent.Hosting;
using MeshCA.Agent.Identities;
using MeshCA.IntegrationTests.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>What outlives one run of an agent: directory, settings, clock.</summary>
internal sealed class AgentHome : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string?> _settings = [];

    public AgentHome(params (string Key, string Value)[] settings)
    {
        // The admin socket wants a directory for itself.
        Set(
            ("Agent:Address", "https://localhost:1"),
            ("Agent:RootsFile", File("ca-roots.pem")),
            ("Agent:TokenFile", File("token")),
            ("Agent:AdminSocket", File("admin/agent.sock")),
            ("Agent:HttpPort", "0"),
            ("Agent:FirstRetry", "00:00:00.05"),
            ("Agent:LongestRetry", "00:00:01"),
            ("Agent:Spread", "00:00:00"),
            ("Logging:LogLevel:Default", "None"),
            ("Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "None"));
        Set(settings);
    }

    /// <summary>The agent's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>States made by the test: the agent asks nothing of a CA.</summary>
    public IAgentStates? States { get; init; }

    /// <summary>Replaces parts of the agent.</summary>
    public Action<IServiceCollection> Parts { get; init; } = _ => { };

    public string File(string name) => System.IO.Path.Combine(_directory.Path, name);

    public void Set(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings)
        {
            _settings[key] = value;
        }
    }

    /// <summary>Writes what the agent needs to ask a service: its address, roots and a token.</summary>
    public async Task PointToAsync(TestMesh mesh, string account = "cart")
    {
        Set(("Agent:Address", $"https://localhost:{mesh.Address.Port}"));
        Write("ca-roots.pem", await mesh.ReadBundleAsync());
        Write("token", mesh.Home.Token(account));
    }

    public void Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name + ".new"), content);
        System.IO.File.Move(File(name + ".new"), File(name), overwrite: true);
    }

    public Task<AgentStart> TryStartAsync() => AgentHost.StartAsync(
        new ConfigurationBuilder().AddInMemoryCollection(_settings).Build(),
        new AgentSetUp { Clock = Clock, States = States, Services = Replace },
        TestContext.Current.CancellationToken);

    public async Task<TestAgent> StartAsync()
    {
        var started = await TryStartAsync();
        Assert.True(started is AgentStart.Started, string.Join("; ", (started as AgentStart.Refused)?.Faults ?? []));
        return new TestAgent(this, ((AgentStart.Started)started).Host);
    }

    public void Dispose() => _directory.Dispose();

    private void Replace(IServiceCollection services)
    {
        if (States is not null)
        {
            services.AddSingleton<IJwtSvids, NoJwtSvids>();
        }

        Parts(services);
    }
}

/// <summary>An agent while it runs.</summary>
internal sealed class TestAgent(AgentHome home, AgentHost host) : IAsyncDisposable
{
    public AgentHome Home => home;

    /// <summary>A client of the HTTP port.</summary>
    public HttpClient Http { get; } = new() { BaseAddress = host.HttpAddress };

    public AgentState State => host.States.Current;

    public IAgentStates States => host.States;

    public T Part<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>Waits for a state of which something holds.</summary>
    public async Task<AgentState> StateAsync(Func<AgentState, bool> holds, string what)
    {
        await Eventually.TrueAsync(() => holds(State), what);
        return State;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.DisposeAsync();
    }
}
