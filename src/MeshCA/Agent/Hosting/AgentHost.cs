using MeshCA.Agent.Identities;
using MeshCA.Hosting;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Hosting;

/// <summary>The running agent: started whole, or refused with every fault at once and nothing left open.</summary>
/// <remarks>A CA that cannot be reached, and credentials that are not there yet, keep it from nothing: it serves once they are.</remarks>
internal sealed class AgentHost : IAsyncDisposable
{
    private const string UnixAddress = "http://unix:";
    private readonly WebApplication _app;

    private AgentHost(WebApplication app)
    {
        _app = app;
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        HttpAddress = bound?.Addresses.FirstOrDefault(address => !address.StartsWith(UnixAddress, StringComparison.Ordinal)) is { } address
            ? new Uri(address.Replace("[::]", "[::1]", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal))
            : null;
    }

    /// <summary>Where the HTTP port can be reached from this machine; null while it is closed.</summary>
    public Uri? HttpAddress { get; }

    /// <summary>The agent's own parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>What it serves.</summary>
    public IAgentStates States => Services.GetRequiredService<IAgentStates>();

    /// <summary>Starts the agent.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="setUp">Adds to or replaces parts.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<AgentStart> StartAsync(IConfiguration configuration, AgentSetUp setUp, CancellationToken cancellationToken)
    {
        if (AgentComposition.FindFaults(configuration) is { Count: > 0 } faults)
        {
            return new AgentStart.Refused(AgentStartError.Configuration, faults);
        }

        var app = AgentComposition.Build(configuration, setUp);
        var (starting, started) = (false, false);
        try
        {
            // A host that lacks a worker cannot be stopped either, which would be reported beside why it lacks it.
            _ = app.Services.GetServices<IHostedService>().Count();
            starting = true;
            await app.StartAsync(cancellationToken);
            started = true;
            return new AgentStart.Started(new AgentHost(app));
        }
        catch (Exception e) when (StartFaults.Of(e) is { } fault)
        {
            return new AgentStart.Refused(
                fault.Error == ServerStartError.Configuration ? AgentStartError.Configuration : AgentStartError.Listening, fault.Faults);
        }
        finally
        {
            if (!started)
            {
                await UndoAsync(app, starting);
            }
        }
    }

    /// <summary>Waits until a signal or <see cref="StopAsync"/> ends the agent.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Ends streams and stops.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: false));
        await _app.DisposeAsync();
    }

    // A fault in here must not take the place of the one that the caller is to hear of.
    private static async Task UndoAsync(WebApplication app, bool isStarting)
    {
        var logger = app.Services.GetRequiredService<ILogger<AgentHost>>();
        try
        {
            if (isStarting)
            {
                await app.StopAsync(new CancellationToken(canceled: false));
            }

            await app.DisposeAsync();
        }
        catch (Exception e)
        {
            Log.StartNotUndone(logger, e);
        }
    }
}

/// <summary>What a caller of <see cref="AgentHost"/> adds to the settings.</summary>
internal sealed record AgentSetUp
{
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>States made elsewhere: nothing is asked of a CA then. Null: the agent's own.</summary>
    public IAgentStates? States { get; init; }

    /// <summary>Adds to or replaces parts of the agent.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };
}

/// <summary>The outcome of a start.</summary>
internal abstract record AgentStart
{
    private AgentStart()
    {
    }

    /// <summary>The agent runs; the caller stops and disposes it.</summary>
    internal sealed record Started(AgentHost Host) : AgentStart;

    /// <summary>It does not run.</summary>
    /// <param name="Error">What kind of fault.</param>
    /// <param name="Faults">All of them, for people.</param>
    internal sealed record Refused(AgentStartError Error, IReadOnlyList<string> Faults) : AgentStart;
}

/// <summary>What kept the agent from starting.</summary>
internal enum AgentStartError
{
    /// <summary>Settings are wrong.</summary>
    Configuration,

    /// <summary>A socket or port cannot be opened.</summary>
    Listening,
}
