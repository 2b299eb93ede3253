using AuthzEngine.Admission;
using MeshCA.Auditing;
using MeshCA.Configuration;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.PolicySources.Watched;
using MeshCA.Rpc.Policies;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together where policies come from.</summary>
internal static class PolicySourceComposition
{
    private const int MaxChangeBytes = 16 * 1024 * 1024;

    // Without files and without a socket to apply any, there is nothing to decide from: the service is a CA alone.
    private static readonly string[] Sources =
    [
        $"{PolicyOptions.Section}:{nameof(PolicyOptions.Directory)}",
        $"{PolicyOptions.Section}:{nameof(PolicyOptions.MeshFile)}",
        $"{PolicyOptions.Section}:{nameof(PolicyOptions.InventoryFile)}",
        $"{ServerOptions.Section}:{nameof(ServerOptions.AdminSocket)}",
    ];

    /// <summary>Registers the sources, where one is configured.</summary>
    public static void AddPolicySources(this IServiceCollection services, IConfiguration configuration)
    {
        if (Array.TrueForAll(Sources, key => string.IsNullOrEmpty(configuration[key])) && !configuration.WantsClusterPolicies())
        {
            return;
        }

        services.AddSingleton<PolicyMetrics>();
        services.AddSingleton<PolicySnapshots>();
        services.AddSingleton<IPolicySnapshots>(p => p.GetRequiredService<PolicySnapshots>());
        services.AddSingleton(p => new PolicyLoader(
            p.GetRequiredService<IOptions<PolicyOptions>>().Value,
            p.GetRequiredService<IOptions<MeshOptions>>().Value.TrustDomain,
            p.GetRequiredService<IPolicyStore>(),
            p.GetRequiredService<IAuditLog>(),
            p.GetRequiredService<PolicySnapshots>(),
            p.GetRequiredService<PolicyMetrics>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<PolicyLoader>>(),
            p.GetService<IWatchedCluster>()));
        services.AddHostedService(p => new PolicyWorker(
            p.GetRequiredService<PolicyLoader>(),
            p.GetRequiredService<IOptions<PolicyOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<PolicyWorker>>(),
            p.GetService<IWatchedCluster>()));
        services.AddSingleton<PolicyAdministrationService>();
        services.AddGrpc().AddServiceOptions<PolicyAdministrationService>(limits => limits.MaxReceiveMessageSize = MaxChangeBytes);
    }

    /// <summary>Serves changes to administrators, and begins to show metrics.</summary>
    public static void MapPolicySources(this WebApplication app)
    {
        if (app.Services.GetService<PolicySnapshots>() is not { } snapshots)
        {
            return;
        }

        app.MapAdministration<PolicyAdministrationService>();
        var clock = app.Services.GetRequiredService<TimeProvider>();
        var loader = app.Services.GetRequiredService<PolicyLoader>();
        var metrics = app.Services.GetRequiredService<PolicyMetrics>();
        metrics.ObserveSnapshot(() => snapshots.Current?.Revision, () => clock.GetUtcNow() - snapshots.Current?.LoadedAt);
        metrics.ObserveSources(
            () => loader.Status.Resources.Sources.Count(source => source.IsFailed),
            () => Enum.GetValues<AdmissionStatus>().Select(status => KeyValuePair.Create(
                status.ToString(), loader.Status.Resources.Resources.Count(resource => resource.Status == status))));
    }
}
