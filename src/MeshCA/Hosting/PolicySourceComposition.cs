using AuthzEngine.Admission;
using MeshCA.Auditing;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Rpc.Policies;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together where policies come from.</summary>
internal static class PolicySourceComposition
{
    private const int MaxChangeBytes = 16 * 1024 * 1024;

    /// <summary>Registers the sources; they are read only where one is configured.</summary>
    public static void AddPolicySources(this IServiceCollection services)
    {
        services.AddSingleton<PolicyMetrics>();
        services.AddSingleton(p => new PolicySnapshots(IsConfigured(p)));
        services.AddSingleton<IPolicySnapshots>(p => p.GetRequiredService<PolicySnapshots>());
        services.AddSingleton(p => new PolicyLoader(
            p.GetRequiredService<IOptions<PolicyOptions>>().Value,
            p.GetRequiredService<IOptions<MeshOptions>>().Value.TrustDomain,
            p.GetRequiredService<IPolicyStore>(),
            p.GetRequiredService<IAuditLog>(),
            p.GetRequiredService<PolicySnapshots>(),
            p.GetRequiredService<PolicyMetrics>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<PolicyLoader>>()));
        services.AddHostedService(p => new PolicyWorker(
            p.GetRequiredService<PolicyLoader>(),
            p.GetRequiredService<IOptions<PolicyOptions>>().Value,
            p.GetRequiredService<IPolicySnapshots>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<PolicyWorker>>()));
        services.AddSingleton<PolicyAdministrationService>();
        services.AddGrpc().AddServiceOptions<PolicyAdministrationService>(limits => limits.MaxReceiveMessageSize = MaxChangeBytes);
    }

    /// <summary>Serves changes on the administration socket, and begins to show metrics.</summary>
    public static void MapPolicySources(this WebApplication app)
    {
        app.MapGrpcService<PolicyAdministrationService>().On(ListenerKind.Admin);
        var snapshots = app.Services.GetRequiredService<PolicySnapshots>();
        if (!snapshots.IsConfigured)
        {
            return;
        }

        var clock = app.Services.GetRequiredService<TimeProvider>();
        var loader = app.Services.GetRequiredService<PolicyLoader>();
        var metrics = app.Services.GetRequiredService<PolicyMetrics>();
        metrics.ObserveSnapshot(() => snapshots.Current?.Revision, () => clock.GetUtcNow() - snapshots.Current?.LoadedAt);
        metrics.ObserveSources(
            () => loader.Status.Resources.Sources.Count(source => source.IsFailed),
            () => Enum.GetValues<AdmissionStatus>().Select(status => KeyValuePair.Create(
                status.ToString(), loader.Status.Resources.Resources.Count(resource => resource.Status == status))));
    }

    // Without files and without a socket to apply any, there is nothing to wait for: the service is a CA alone.
    private static bool IsConfigured(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<PolicyOptions>>().Value;
        return options.Directory.Length > 0
            || options.MeshFile.Length > 0
            || options.InventoryFile.Length > 0
            || services.GetRequiredService<IOptions<ServerOptions>>().Value.AdminSocket.Length > 0;
    }
}
