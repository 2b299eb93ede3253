using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Leadership;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.PolicySources.Watched;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together the policies of the home cluster, their statuses and the admission webhook.</summary>
internal static class ClusterPolicyServices
{
    /// <summary>Whether policies of the home cluster are wanted.</summary>
    public static bool WantsClusterPolicies(this IConfiguration configuration) => Settings(configuration).Policies.Enabled;

    /// <summary>Registers the parts that are wanted.</summary>
    public static void AddClusterPolicies(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = Settings(configuration);
        services.AddSingleton<ClusterPolicyMetrics>();
        if (settings.Webhook.Port is not null)
        {
            services.AddSingleton<WebhookEndpoint>();
        }

        if (!settings.Policies.Enabled)
        {
            return;
        }

        services.AddSingleton(p => new WatchedCluster(
            HomeOf(p), OptionsOf(p).StaleAfter, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<WatchedCluster>>())
        {
            TrustDomain = p.GetRequiredService<IOptions<KubernetesOptions>>().Value.Clusters[0].TrustDomain, // home is the first
        });
        services.AddSingleton<IWatchedCluster>(p => p.GetRequiredService<WatchedCluster>());
        services.AddHostedService(p => p.GetRequiredService<WatchedCluster>());
        if (settings.Policies.WriteStatus)
        {
            services.AddHostedService(CreateWriter);
        }
    }

    /// <summary>Serves the webhook, and begins to show metrics.</summary>
    public static void MapClusterPolicies(this WebApplication app)
    {
        app.MapAdmissionWebhook();
        if (app.Services.GetService<WatchedCluster>() is { } cluster)
        {
            app.Services.GetRequiredService<ClusterPolicyMetrics>().Observe(() => cluster.Age, () => cluster.Workloads.Pods);
        }
    }

    private static PolicyStatusWriter CreateWriter(IServiceProvider services)
    {
        var cluster = services.GetRequiredService<WatchedCluster>();
        var leadership = services.GetService<ILeadership>(); // none: it runs alone
        return new PolicyStatusWriter(
            cluster.Policies,
            cluster,
            services.GetRequiredService<PolicyLoader>(),
            services.GetRequiredService<IPolicySnapshots>(),
            () => leadership is null || leadership.Term is not null,
            new StatusWriterSettings(OptionsOf(services).StatusWritesPerSecond),
            services.GetRequiredService<ClusterPolicyMetrics>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<PolicyStatusWriter>>());
    }

    private static Cluster HomeOf(IServiceProvider services) =>
        services.GetRequiredService<ClusterDirectory>().Home ?? throw new InvalidOperationException("validation saw to a cluster");

    private static ClusterPolicyOptions OptionsOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<KubernetesOptions>>().Value.Policies;

    // What is registered depends on settings; that they are valid is seen to by then.
    private static KubernetesOptions Settings(IConfiguration configuration) =>
        configuration.GetSection(KubernetesOptions.Section).Get<KubernetesOptions>() ?? new();
}
