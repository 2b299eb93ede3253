using MeshCA.Agent.Files;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Statuses;
using MeshCA.Agent.Trust;
using MeshCA.Agent.Uptake;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Agent.Hosting;

/// <summary>How the agent stands: on its administration socket for people, on its HTTP port for probes and Prometheus.</summary>
internal static class StatusEndpoints
{
    /// <summary>The path on the administration socket.</summary>
    public const string Path = "/status";

    /// <summary>Registers what they read.</summary>
    public static void AddStatus(this IServiceCollection services) => services.AddSingleton(p => new AgentStatusReader(
        p.GetRequiredService<AgentOptions>(),
        p.GetRequiredService<IAgentStates>(),
        p.GetRequiredService<IRegistrations>(),
        p.GetRequiredService<FilesWorker>(),
        p.GetRequiredService<ProcessQuota>(),
        p.GetRequiredService<WorkloadUptake>(),
        p.GetRequiredService<TimeProvider>(),
        p.GetService<IdentityWorker>(),
        p.GetService<BundleFollower>()));

    /// <summary>Maps them.</summary>
    public static void MapStatus(this WebApplication app)
    {
        // Instruments exist from here on, so that counters show as zero before their first event.
        app.Services.GetRequiredService<AgentMetrics>().Observe(() => app.Services.GetRequiredService<AgentStatusReader>().ReadFigures());
        app.MapMetrics().On(ListenerKind.Http);
        app.MapGet("/healthz/live", () => Results.Text("ok\n")).On(ListenerKind.Http);
        app.MapGet("/healthz/ready", (HttpContext context) => Read(context).Ready
            ? Results.Text("ok\n")
            : Results.Text("not every entry has an SVID, trust bundle and files\n", statusCode: StatusCodes.Status503ServiceUnavailable))
            .On(ListenerKind.Http);
        app.MapGet(Path, (HttpContext context) => Results.Json(Read(context), AgentStatusJson.Default.AgentStatus)).On(ListenerKind.Admin);
    }

    private static AgentStatus Read(HttpContext context) => context.RequestServices.GetRequiredService<AgentStatusReader>().Read();
}
